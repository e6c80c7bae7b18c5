"""Migrations that would hold up, or break, the version that serves are refused."""

import subprocess
from pathlib import Path

import pytest

from db.migrate import revisions, sql_of
from tests.operations.migration_lint import _SQUAWK, BASELINE, all_findings, findings

BAD = {
    "CREATE INDEX posts_x ON posts (title)": "require-concurrent-index-creation",
    "CREATE INDEX CONCURRENTLY posts_x ON posts (title)": "ban-concurrent-index-creation-in-transaction",
    "DROP INDEX posts_slug_key": "require-concurrent-index-deletion",
    "REINDEX TABLE posts": "require-concurrent-reindex",
    "ALTER TABLE posts ADD COLUMN x uuid DEFAULT gen_random_uuid()": "adding-field-with-default",
    "ALTER TABLE posts ADD COLUMN x bigint GENERATED ALWAYS AS (1 + 1) STORED": "adding-field-with-default",
    "ALTER TABLE posts ADD COLUMN x bigserial": "prefer-identity",
    "ALTER TABLE posts ADD COLUMN x bigint NOT NULL": "adding-required-field",
    "ALTER TABLE posts ALTER COLUMN word_count TYPE bigint": "changing-column-type",
    "ALTER TABLE posts ALTER COLUMN summary SET NOT NULL": "adding-not-nullable-field",
    "ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES users (id)": "adding-foreign-key-constraint",
    "ALTER TABLE posts ADD CONSTRAINT c CHECK (version > 1)": "constraint-missing-not-valid",
    "ALTER TABLE posts ADD CONSTRAINT u UNIQUE (slug)": "disallowed-unique-constraint",
    "ALTER TABLE posts ADD PRIMARY KEY (slug)": "adding-serial-primary-key-field",
    "ALTER TABLE posts DROP COLUMN summary": "ban-drop-column",
    "ALTER TABLE posts DROP CONSTRAINT posts_slug_check": "ban-drop-constraint",
    "ALTER TABLE posts RENAME COLUMN summary TO teaser": "renaming-column",
    "ALTER TABLE posts RENAME TO articles": "renaming-table",
    "DROP TABLE tags": "ban-drop-table",
    "SET lock_timeout = 0; ALTER TABLE posts ADD COLUMN x text": "no-lock-timeout",
    "LOCK TABLE posts": "lock-table",
    "LOCK posts IN ACCESS EXCLUSIVE MODE": "lock-table",
    "VACUUM FULL posts": "rewrite",
    "CLUSTER posts USING posts_pkey": "rewrite",
    "ALTER TABLE posts SET UNLOGGED": "rewrite",
    "TRUNCATE changes": "truncate",
    "UPDATE posts SET summary = ''": "whole-table-write",
    "-- why, it's easy; UPDATE\nDELETE FROM\n  posts": "whole-table-write",
    "REFRESH MATERIALIZED VIEW counts": "refresh",
    "ALTER TABLE posts DISABLE TRIGGER ALL": "disable-trigger",
    "DO $$ BEGIN UPDATE posts SET title = ''; END $$": "hidden",
}
GOOD = (
    "CREATE TABLE notes (id bigint PRIMARY KEY, text text NOT NULL); CREATE INDEX notes_text_idx ON notes (text)",
    "CREATE TABLE notes (id bigint PRIMARY KEY);\nUPDATE notes SET id = 1",
    "ALTER TABLE posts ADD COLUMN x text",
    "ALTER TABLE posts ADD COLUMN x text NOT NULL DEFAULT ''",
    "ALTER TABLE posts ADD CONSTRAINT c CHECK (summary <> '') NOT VALID",
    "ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES users (id) NOT VALID",
    "COMMIT;\nCREATE INDEX CONCURRENTLY posts_x ON posts (title);\nBEGIN",
    "ALTER TABLE posts VALIDATE CONSTRAINT c",
    "INSERT INTO event_log (id, position, seen) VALUES (2, 0, 'UPDATE posts; DELETE FROM posts')",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE posts SET title = ''; RETURN NULL; END $$",
    "-- excused whole-table-write: ten rows at most\nDELETE FROM changes WHERE entity = 'x'",
    "-- squawk-ignore adding-not-nullable-field\nALTER TABLE posts ALTER COLUMN summary SET NOT NULL",
)


def _revision(statements: str) -> str:
    return f"BEGIN;\n{statements};\nCOMMIT;\n"


@pytest.mark.parametrize("statements", BAD)
def test_what_holds_up_or_breaks_others_is_refused(statements: str) -> None:
    assert BAD[statements] in {found.rule for found in findings(_revision(statements))}


@pytest.mark.parametrize("statements", GOOD)
def test_what_does_not_passes(statements: str) -> None:
    assert [str(one) for one in findings(_revision(statements))] == []


def test_a_finding_names_its_line() -> None:
    found = findings("BEGIN;\n\nLOCK posts;\nDROP TABLE tags;\nCOMMIT;\n")
    assert [(one.rule, one.line) for one in found] == [("lock-table", 3), ("ban-drop-table", 4)]


def test_no_revision_since_the_first_release_holds_up_others() -> None:
    assert all_findings().keys() == set(revisions()[revisions().index(BASELINE) + 1 :])
    assert [f"{revision}: {one}" for revision, some in all_findings().items() for one in some] == []


def test_the_first_release_as_a_whole_passes_for_an_empty_database() -> None:
    """So the rules are right about tables that come into being beside."""
    assert findings(sql_of(BASELINE, None)) == []


def test_the_rules_have_not_lost_their_program() -> None:
    assert Path(_SQUAWK).exists()
    done = subprocess.run([_SQUAWK, "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("squawk ")
