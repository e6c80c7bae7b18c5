"""A request ends at its deadline, whatever it waits for, and whether its operation runs yet or not."""

import pytest

from core.settings import Settings
from tests.fixtures.accounts import bearer
from tests.overload.serving import READ, Gate, posted, reads, served, until

__all__ = ["reads"]

SHORT = 0.5


def _as_somebody() -> bytes:
    [token] = bearer(1, 1).values()
    return b"Authorization: " + token.encode()


@pytest.mark.parametrize("waits_for", ["who asks", "what was changed", "its rows"])
async def test_where_the_database_says_nothing_the_answer_comes_all_the_same(
    settings: Settings, reads: Gate, waits_for: str
) -> None:
    headers = [_as_somebody()] if waits_for == "who asks" else []
    reads.opened.set()
    async with served(settings, request_timeout=SHORT, cache=waits_for == "what was changed") as server:
        client = await server.client()
        assert (await client.ask(posted())).status == 200
        reads.opened.clear()
        held = [await server.client() for _ in range(3)]
        for one in held:
            one.writer.write(posted(READ, *headers))
        for one in held:
            answer = await one.answer()
            assert (answer.status, answer.code) == (504, "TIMEOUT")
        await until(lambda: server.app.gate.requests.in_flight == 0)
        assert server.app.endpoint._deadlines._began == {}, "nobody's time is counted any longer"
        reads.opened.set()
        for one in (client, *held):
            assert (await one.ask(posted())).status == 200, "the same connections serve"


@pytest.mark.usefixtures("reads")
async def test_who_began_later_has_as_much_time(settings: Settings) -> None:
    async with served(settings, request_timeout=SHORT) as server:
        began = server.app.endpoint._deadlines._began
        held = await server.hold(1, posted(READ, _as_somebody()))
        await until(lambda: len(began) == 1)
        held += await server.hold(1, posted(READ, _as_somebody()))
        await until(lambda: len(began) == 2)
        first, second = began.values()
        assert first <= second
        for client in held:
            assert (await client.answer()).code == "TIMEOUT"
