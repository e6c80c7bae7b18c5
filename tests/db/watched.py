"""What transactions say that they changed, held against what is there before and after."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from tests.fixtures.servers import connected

CARDS: Mapping[str, tuple[str, ...]] = {
    "post": ("slug", "status", "author_id", "published_at", "created_at", "updated_at", "title_key", "version"),
    "user": ("username_key", "role"),
    "tag": ("slug", "name_key"),
    "comment": ("post_id", "author_id", "parent_id", "status", "created_at"),
    "revision": ("post_id", "version"),
    "post_tag": ("tag_id", "position"),
    "post_coauthor": ("user_id", "position"),
    "session": ("user_id", "revoked_at", "expires_at"),
    "post_listing": ("kind", "list_id", "status", "published_key", "updated_at", "created_at", "title_key"),
}
"""What lists and look-ups of each entity depend on."""

UNTOLD: Mapping[str, frozenset[str]] = {
    "post": frozenset({"body_text", "search", "published_key"}),
    "user": frozenset({"email_key", "bio_html", "password_hash", "created_at", "updated_at"}),
    "tag": frozenset({"created_at", "updated_at"}),
    "comment": frozenset({"body_html"}),
    "revision": frozenset(),
    "session": frozenset(
        {"family_hash", "token_hash", "previous_hash", "successor_nonce", "rotated_at", "created_at", "user_agent"}
    ),
}
"""Columns that no reader sees, or that change only together with one that is told."""

TABLES = {"post": "posts", "post_tag": "post_tags", "post_coauthor": "post_coauthors", "post_listing": "post_listings"}
ENDS = {"post_tag": ("tag_id",), "post_coauthor": ("user_id",), "post_listing": ("kind", "list_id")}
"""What, beside the post's id, a row without an id of its own is known by."""
SECRETS = ("password_hash", "family_hash", "token_hash", "successor_nonce")

Rows = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]
"""Rows by entity and key; of a link the key is both its ends."""


@dataclass(slots=True)
class Written:
    """What was there before and after, and what was stated meanwhile."""

    before: Rows = field(default_factory=dict)
    after: Rows = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def of(self, entity: str) -> list[dict[str, Any]]:
        return [change for change in self.changes if change["entity"] == entity]

    def told(self) -> list[tuple[str, str, int | None]]:
        """Entity, kind and id of each."""
        return [(one["entity"], one["kind"], one["row_id"]) for one in self.changes]

    def check(self) -> None:
        """The changes, one after the other, lead from the rows before to those after, and none is idle."""
        rows = {key: _card(key[0], row) for key, row in self.before.items()}
        for change in self.changes:
            self._apply(rows, change)
        assert rows == {key: _card(key[0], row) for key, row in self.after.items()}
        self._check_touched()
        self._check_columns()
        stated = json.dumps(self.changes)
        hashes = [row.get(name) for row in (*self.before.values(), *self.after.values()) for name in SECRETS]
        assert not [one for one in (*SECRETS, *hashes) if one and one in stated]

    def _apply(self, rows: dict[Any, Any], change: dict[str, Any]) -> None:
        entity, before, after = change["entity"], change["before"], change["after"]
        assert {"INSERT": (False, True), "UPDATE": (True, True), "DELETE": (True, False)}[change["kind"]] == (
            before is not None,
            after is not None,
        )
        if before is not None:
            assert rows.pop((entity, _key(entity, change["row_id"], before))) == before
        if after is not None:
            key = (entity, _key(entity, change["row_id"], after))
            assert key not in rows
            rows[key] = after

    def _check_touched(self) -> None:
        """Rows with changes are those that differ; with a post its links may be written anew."""
        differ = {key for key in self.before.keys() | self.after.keys() if self.before.get(key) != self.after.get(key)}
        visible = {
            (entity, key[0])
            for entity, key in differ
            if entity not in UNTOLD or (set(self._differing(entity, key)) - UNTOLD[entity])
        }
        posts = {row_id for entity, row_id in visible if entity == "post"}
        told = {(entity, row_id) for entity, _, row_id in self.told()}
        assert visible <= told
        unfounded = {
            (entity, row_id) for entity, row_id in told - visible if entity not in TABLES or row_id not in posts
        }
        assert unfounded == set()

    def _check_columns(self) -> None:
        updates = {(one["entity"], one["row_id"]) for one in self.changes if one["kind"] == "UPDATE"}
        for entity, row_id in updates - {one for one in updates if one[0] in ENDS}:
            changes = [one for one in self.of(entity) if one["row_id"] == row_id]
            if {one["kind"] for one in changes} == {"UPDATE"}:
                told = {name for one in changes for name in one["columns"]}
                assert told >= set(self._differing(entity, (row_id,))) - UNTOLD[entity]
                if len(changes) == 1:
                    assert told == set(self._differing(entity, (row_id,))) - UNTOLD[entity]
        assert not any(one["columns"] for one in self.changes if one["kind"] != "UPDATE")

    def _differing(self, entity: str, key: tuple[Any, ...]) -> Iterator[str]:
        before, after = self.before.get((entity, key)), self.after.get((entity, key))
        if before is None or after is None:
            yield from before or after or {}
        else:
            yield from (name for name in before if before[name] != after[name])


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[Written]:
    """What is written inside the block, by whomever."""
    found = Written()
    async with connected(url) as connection:
        found.before = await _rows(connection)
        last = await connection.fetchval("SELECT coalesce(max(id), 0) FROM changes")
        yield found
        found.after = await _rows(connection)
        stated = await connection.fetch("SELECT to_jsonb(c) FROM changes c WHERE id > $1 ORDER BY id", last)
        found.changes = [json.loads(row[0]) for row in stated]


async def _rows(connection: asyncpg.Connection) -> Rows:
    found: Rows = {}
    for entity in CARDS:
        for row in await connection.fetch(f"SELECT to_jsonb(t) FROM {TABLES.get(entity, entity + 's')} t"):
            values = json.loads(row[0])
            found[entity, _key(entity, values.get("id", values.get("post_id")), values)] = values
    return found


def _key(entity: str, row_id: int, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row_id, *(values[name] for name in ENDS.get(entity, ())))


def _card(entity: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in CARDS[entity]}
