"""What docs/operations.md shows of others' programs, and cannot be run by whoever tests it."""

import shlex
import subprocess
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ResponseError

from tests.docs.documents import ROOT, blocks_of
from tests.fixtures.servers import numbered
from tests.operations.restoring import program


def _commands() -> list[list[str]]:
    """Commands of PostgreSQL, by name and options."""
    texts = [block.text for block in blocks_of(ROOT / "docs" / "operations.md") if block.language == "text"]
    words = [shlex.split(line.partition(" >")[0]) for text in texts for line in text.splitlines()]
    starts = [
        (line, [place for place, word in enumerate(line) if word in ("pg_dump", "pg_basebackup", "createdb")])
        for line in words
    ]
    return [line[places[0] :] for line, places in starts if places]


def test_programs_have_the_options_that_are_shown() -> None:
    commands = _commands()
    assert [words[0] for words in commands] == ["pg_dump", "createdb", "pg_basebackup"]
    for name, *words in commands:
        help_text = subprocess.run([program(name), "--help"], check=True, capture_output=True, text=True).stdout
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert option in help_text, f"{name} {option}"


async def test_a_user_of_redis_has_two_passwords_while_they_are_changed(redis_url: str) -> None:
    async with Redis.from_url(numbered(redis_url, 0)) as opened:
        redis: Any = opened  # the client has no types for this
        await redis.execute_command("ACL", "SETUSER", "turns", "on", ">old", "~*", "+@all")
        try:
            await redis.execute_command("ACL", "SETUSER", "turns", ">new")
            for password, works in (("old", True), ("new", True)):
                assert await _is_let_in(redis_url, password) is works
            await redis.execute_command("ACL", "SETUSER", "turns", "<old")
            for password, works in (("old", False), ("new", True)):
                assert await _is_let_in(redis_url, password) is works
        finally:
            await redis.execute_command("ACL", "DELUSER", "turns")


async def _is_let_in(redis_url: str, password: str) -> bool:
    async with Redis.from_url(redis_url) as opened:
        redis: Any = opened
        try:
            await redis.execute_command("AUTH", "turns", password)
        except (AuthenticationError, ResponseError):
            return False
        return True
