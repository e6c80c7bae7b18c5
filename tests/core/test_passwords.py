import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters

from core.errors import UnavailableError
from core.passwords import WAITING_FOR_EACH, Passwords
from tests.fixtures.servers import settings_for

PASSWORD = "correct horse battery staple"


def _passwords(**settings: Any) -> Passwords:
    return Passwords(settings_for("postgresql://nowhere", "redis://nowhere", **settings))


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = _passwords()
    yield made
    made.close()


async def test_a_password_is_known_again(passwords: Passwords) -> None:
    hashed = await passwords.hash(PASSWORD)
    assert PASSWORD not in hashed
    assert (await passwords.verify(hashed, PASSWORD)).right
    assert not (await passwords.verify(hashed, PASSWORD + "x")).right
    assert await passwords.hash(PASSWORD) != hashed


async def test_the_hash_is_argon2id_with_the_parameters_of_the_settings(passwords: Passwords) -> None:
    parameters = extract_parameters(await passwords.hash(PASSWORD))
    assert (parameters.type.name, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        "ID",
        19_456,
        2,
        1,
    )


async def test_an_old_hash_is_made_anew_when_the_settings_grew(passwords: Passwords) -> None:
    weaker = _passwords(password_time_cost=1)
    old = await weaker.hash(PASSWORD)
    weaker.close()
    verdict = await passwords.verify(old, PASSWORD)
    assert verdict.right
    assert verdict.new_hash is not None
    assert (await passwords.verify(verdict.new_hash, PASSWORD)).new_hash is None
    assert (await passwords.verify(old, "wrong")).new_hash is None


async def test_an_unknown_user_costs_the_same_work(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[tuple[Any, ...]] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hashed: str, word: str) -> Any:
        verified.append((extract_parameters(hashed), threading.current_thread() is threading.main_thread()))
        return verify(self, hashed, word)

    hashed = await passwords.hash(PASSWORD)
    monkeypatch.setattr(PasswordHasher, "verify", counted)
    assert not (await passwords.verify(hashed, "wrong")).right
    assert not (await passwords.verify(None, PASSWORD)).right
    assert len(verified) == 2
    assert verified[0] == verified[1]
    assert verified[0][1] is False, "the event loop must not wait"


async def test_a_hash_that_is_none_is_wrong_and_no_fault(passwords: Passwords) -> None:
    assert not (await passwords.verify("", PASSWORD)).right
    assert not (await passwords.verify("not a hash", PASSWORD)).right


async def test_who_comes_when_too_many_wait_is_sent_away() -> None:
    passwords = _passwords(password_workers=1)
    most = 1 + WAITING_FOR_EACH
    found = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(most + 5)), return_exceptions=True)
    refused = [one for one in found if isinstance(one, UnavailableError)]
    assert len(refused) == 5
    assert isinstance(await passwords.hash(PASSWORD), str), "there is room again"
    passwords.close()
