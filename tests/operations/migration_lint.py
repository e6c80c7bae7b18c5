"""Which statements of a migration would hold up, or break, the version that serves meanwhile.

`squawk` knows most of them; what it has no rule for stands here. `python -m tests.operations.migration_lint` looks at
all revisions after those of the first release, as `make check` does.
"""

import json
import re
import subprocess
import sys
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
    *("prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-robust-stmts"),
    *("prefer-text-field", "prefer-timestamptz", "require-table-schema"),
)
_OWN = (
    ("lock-table", r"lock\s+(table\s+)?\w", "A table lock holds up all who come after: lock rows."),
    ("rewrite", r"(vacuum\s+full|cluster)\b", "It rewrites a table, and holds up all meanwhile."),
    ("rewrite", r"alter\s+table\b.*\bset\s+(un)?logged\b", "It rewrites a table, and holds up all meanwhile."),
    ("rewrite", r"alter\s+table\b.*\bset\s+(tablespace|access\s+method)\b", "It rewrites a table, and holds up all."),
    ("truncate", r"truncate\b", "Whoever serves still reads these rows."),
    ("whole-table-write", r"(update|delete\s+from)\s+(?!alembic_version\b)", "In one statement it holds all its rows, "
     "for long, and tells kept responses nothing of single ones: use `db.online.fill`."),
    ("refresh", r"refresh\s+materialized\s+view\s+(?!concurrently)", "Readers wait: refresh it CONCURRENTLY."),
    ("disable-trigger", r"alter\s+table\b.*\bdisable\s+trigger\b", "Changes would be written that nobody states."),
    ("attach-partition", r"alter\s+table\b.*\battach\s+partition\b", "It reads the whole table under a lock."),
)  # fmt: skip
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
    found, start = list[Finding](), 0
    for match in re.finditer(r"(?:[^;$']|'[^']*'|\$(\w*)\$.*?\$\1\$|\$)+;?", sql, re.DOTALL):
        statement = match[0]
        excused = set(_EXCUSED.findall(statement))
        text = " ".join(re.sub(r"--[^\n]*", "", statement).split()).lower()
        if "created_here" not in excused:
            line = sql.count("\n", 0, match.start() + len(statement) - len(statement.lstrip())) + 1
            rules = [(rule, why) for rule, pattern, why in _OWN if re.match(pattern, text) and rule not in excused]
            found.extend(Finding(rule, line, why) for rule, why in rules)
        start = match.end()
    del start
    return found


def all_findings() -> dict[str, list[Finding]]:
    """Of each revision after the baseline."""
    known = revisions()
    after = range(known.index(BASELINE) + 1, len(known))
    return {known[place]: findings(sql_of(known[place], known[place - 1])) for place in after}


if __name__ == "__main__":
    told = [f"revision {revision}, {one}" for revision, some in all_findings().items() for one in some]
    print("\n".join(told), end="\n" if told else "")  # noqa: T201 - a command
    sys.exit(bool(told))
