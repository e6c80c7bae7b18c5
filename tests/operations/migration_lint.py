"""Which statements of a migration would hold up, or break, the version that serves meanwhile.

`squawk` knows most of them; what it has no rule for stands here. `python -m tests.operations.migration_lint` looks at
all revisions after those of the first release, as `make check` does.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings
from db.migrate import revisions, sql_of

BASELINE = "0006"
"""The last revision of the first release: an empty database was all that there was before."""

_SQUAWK = Path(sys.executable).parent / "squawk"
_OLDEST = "15"
"""The oldest PostgreSQL that is allowed, for rules that depend on it."""
_MATTERS_OF_TASTE = (
    *("prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-robust-stmts"),
    *("prefer-text-field", "prefer-timestamptz", "require-table-schema"),
)
_OWN = (
    ("no-lock-timeout", r"set (session |local )?(lock|statement)_timeout\b", "It is set for all revisions; leave it."),
    ("lock-table", r"lock\b", "A lock of a table holds up all who come after: lock rows."),
    ("rewrite", r"(vacuum full|cluster)\b", "It rewrites a table, and holds up all meanwhile."),
    (
        "rewrite",
        r"alter table .*\bset (logged|unlogged|tablespace|access method)\b",
        "It rewrites a table, under a lock.",
    ),
    ("truncate", r"truncate\b", "Whoever serves still reads these rows."),
    ("whole-table-write", r"(update|delete from)\b(?! alembic_version)", "It holds all its rows for long: use `fill`."),
    ("refresh", r"refresh materialized view (?!concurrently)", "Readers wait: refresh it CONCURRENTLY."),
    ("disable-trigger", r"alter table .*\bdisable trigger\b", "Changes would be written that nobody states."),
    ("attach-partition", r"alter table .*\battach partition\b", "It reads a whole table under a lock."),
    ("hidden", r"do\b", "No rule looks into it: write the statements themselves."),
)
"""Where squawk has no rule: names of ours, what a statement in lower case begins with, and what is wrong with it."""
_STATEMENT = re.compile(r"(?:--[^\n]*|'[^']*'|\$(\w*)\$.*?\$\1\$|[^;$'-]|[-$])+;?", re.DOTALL)
_TABLE = re.compile(r"^(?:update|delete from|lock table|lock|truncate table|truncate|alter table)(?: only)? (\w+)")
_EXCUSED = re.compile(r"--\s*excused\s+([\w-]+):\s*\S+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that must not be."""

    rule: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.rule}: {self.message}"


def findings(sql: str) -> list[Finding]:
    """What is wrong with the statements of one revision, as `alembic upgrade --sql` prints them.

    A statement after a line `-- excused RULE: why` is let pass by that rule; squawk has `-- squawk-ignore RULE`.
    """
    # What `broadsheet migrate` sets before each of them; one that sets it otherwise is found.
    fields = Settings.model_fields
    lock, statement = fields["migration_lock_timeout"].default, fields["migration_statement_timeout"].default
    before = f"SET lock_timeout = '{lock:g}s'; SET statement_timeout = '{statement:g}s';\n"
    done = subprocess.run(
        [
            *(_SQUAWK, "--reporter", "json", "--pg-version", _OLDEST, "--stdin-filepath", "revision.sql"),
            f"--exclude={','.join(_MATTERS_OF_TASTE)}",
        ],
        input=before + sql,
        check=False,
        capture_output=True,
        text=True,
    )
    found = [Finding(one["rule_name"], one["line"], one["message"]) for one in json.loads(done.stdout)]
    return sorted([*found, *_own(sql)], key=lambda one: one.line)


def _own(sql: str) -> list[Finding]:
    created = set(re.findall(r"^CREATE TABLE (\w+)", sql, re.MULTILINE))
    return [
        Finding(rule, line, why)
        for line, statement in _statements(sql)
        if not created.intersection(_TABLE.findall(text := _plain(statement)))
        for rule, pattern, why in _OWN
        if re.match(pattern, text) and rule not in _EXCUSED.findall(statement)
    ]


def _statements(sql: str) -> Iterator[tuple[int, str]]:
    """Each with the line that it begins in."""
    for match in _STATEMENT.finditer(sql):
        begins = match.start() + len(match[0]) - len(match[0].lstrip())
        yield sql.count("\n", 0, begins) + 1, match[0]


def _plain(statement: str) -> str:
    return " ".join(re.sub(r"--[^\n]*", "", statement).split()).lower()


def all_findings() -> dict[str, list[Finding]]:
    """Of each revision after the baseline."""
    known = revisions()
    after = range(known.index(BASELINE) + 1, len(known))
    return {known[place]: findings(sql_of(known[place], known[place - 1])) for place in after}


if __name__ == "__main__":
    told = [f"revision {revision}, {one}" for revision, some in all_findings().items() for one in some]
    print("\n".join(told), end="\n" if told else "")  # noqa: T201 - a command
    sys.exit(bool(told))
