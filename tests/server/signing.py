"""Signing up, in and on, as clients do it."""

from typing import Any

import pytest

from tests.fixtures.accounts import Client, codes
from tests.fixtures.api import Api

PASSWORD = "correct horse battery"


TOKENS = "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt viewer { email user { username role } }"


ANN = {"email": "Ann@example.org", "username": "ann", "name": "Ann", "password": PASSWORD}


@pytest.fixture
def client(api: Api) -> Client:
    return Client(api.http)


async def asked_by(client: Client, token: str, query: str = "{ viewer { email } }") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    response = await client.http.post("/graphql", json={"query": query}, headers=headers)
    return response.status_code, response.json()


async def signs_up(client: Client, **changes: str) -> Any:
    payload = await client.mutate("signUp", {**ANN, **changes}, TOKENS)
    assert codes(payload) == []
    return payload


async def logs_in(client: Client, login: str = "ann", password: str = PASSWORD) -> Any:
    return await client.mutate("logIn", {"login": login, "password": password}, TOKENS)


async def refreshes(client: Client, token: str) -> Any:
    return await client.mutate("refreshSession", {"refreshToken": token}, TOKENS)
