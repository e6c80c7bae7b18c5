"""Sessions as clients have them: what carries them on, and what ends them in all processes at once."""

from typing import Any

import pytest

from core.settings import Settings
from gql.relay.ids import encode_id
from tests.fixtures.accounts import Client, codes, person
from tests.fixtures.api import serving
from tests.fixtures.servers import connected, execute
from tests.server.signing import PASSWORD, asked_by, logs_in, refreshes, signs_up


async def test_a_used_refresh_token_answers_with_the_same_successor_for_a_while(client: Client) -> None:
    first = (await signs_up(client))["refreshToken"]
    second = (await refreshes(client, first))["refreshToken"]
    again = await refreshes(client, first)
    assert second != first
    assert again["refreshToken"] == second
    assert codes(await refreshes(client, second)) == []


async def test_a_refresh_token_used_later_ends_the_session(client: Client, database_url: str) -> None:
    signed_up = await signs_up(client)
    first = signed_up["refreshToken"]
    second = await refreshes(client, first)
    await execute(database_url, "UPDATE sessions SET rotated_at = rotated_at - interval '11 seconds'")
    assert codes(await refreshes(client, first)) == [("TOKEN_REUSED", ["input", "refreshToken"])]
    assert codes(await refreshes(client, second["refreshToken"])) == [
        ("INVALID_CREDENTIALS", ["input", "refreshToken"])
    ]
    for token in (signed_up["accessToken"], second["accessToken"]):
        assert (await asked_by(client, token))[0] == 401


async def test_an_older_token_ends_the_session_also_within_the_grace(client: Client) -> None:
    first = (await signs_up(client))["refreshToken"]
    second = (await refreshes(client, first))["refreshToken"]
    third = (await refreshes(client, second))["refreshToken"]
    assert codes(await refreshes(client, first))[0][0] == "TOKEN_REUSED"
    assert codes(await refreshes(client, third))[0][0] == "INVALID_CREDENTIALS"


async def test_a_guessed_refresh_token_ends_nobodys_session(client: Client) -> None:
    token = (await signs_up(client))["refreshToken"]
    for guess in ("x", "x.y", "AAAAAAAAAAAAAAAAAAAAAA.AAAA", token.partition(".")[2], ".", ""):
        assert codes(await refreshes(client, guess))[0][0] == "INVALID_CREDENTIALS"
    assert codes(await refreshes(client, token)) == []


@pytest.mark.parametrize("expired", ["expires_at = now()", "expires_at = now() - interval '1 day'"])
async def test_a_session_expires(client: Client, database_url: str, expired: str) -> None:
    payload = await signs_up(client)
    await execute(database_url, f"UPDATE sessions SET {expired}")
    assert codes(await refreshes(client, payload["refreshToken"]))[0][0] == "TOKEN_EXPIRED"
    assert (await asked_by(client, payload["accessToken"]))[0] == 401


async def test_a_session_that_is_carried_on_ends_all_the_same_after_its_lifetime(
    client: Client, database_url: str
) -> None:
    payload = await signs_up(client)
    await execute(database_url, "UPDATE sessions SET created_at = created_at - interval '29 days'")
    await refreshes(client, payload["refreshToken"])
    async with connected(database_url) as connection:
        left = await connection.fetchval("SELECT expires_at - now() FROM sessions")
    assert 0.9 < left.total_seconds() / 86_400 <= 1


async def test_logging_out_ends_the_session_and_can_be_done_twice(client: Client) -> None:
    payload = await signs_up(client)
    for _ in range(2):
        assert (await client.mutate("logOut", {"refreshToken": payload["refreshToken"]}, "success"))["success"]
    assert (await asked_by(client, payload["accessToken"]))[0] == 401
    assert (await client.mutate("logOut", {"refreshToken": "no.token"}, "success"))["success"]


async def test_a_session_ended_in_one_process_is_ended_in_all(settings: Settings, database_url: str) -> None:
    ann = await person(database_url, "ann")
    async with serving(settings) as here, serving(settings) as there:
        one, other = Client(here.http, ann), Client(there.http, ann)
        assert (await other.data("{ viewer { user { role } } }"))["viewer"]["user"]["role"] == "READER"
        assert codes(await one.mutate("revokeAllSessions", {}, "count")) == []
        assert (await asked_by(other, ann.access_token))[0] == 401


async def test_one_sees_and_ends_only_ones_own_sessions(client: Client, database_url: str) -> None:
    ann, again, bob = [await person(database_url, name) for name in ("ann", "ann", "bob")]
    sessions = await client.by(ann).data("{ viewer { sessions { id current userAgent } } }")
    ids = [encode_id("Session", one.session_id) for one in (again, ann)]
    assert [(one["id"], one["current"]) for one in sessions["viewer"]["sessions"]] == [(ids[0], False), (ids[1], True)]
    theirs = encode_id("Session", bob.session_id)
    nodes = await client.by(ann).data(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }",
        ids=[ids[0], theirs, encode_id("Viewer", ann.id), encode_id("Viewer", bob.id)],
    )
    assert nodes["nodes"] == [{"__typename": "Session"}, None, {"__typename": "Viewer"}, None]
    assert codes(await client.by(ann).mutate("revokeSession", {"id": theirs}, "success")) == [
        ("NOT_FOUND", ["input", "id"])
    ]
    assert (await client.by(ann).mutate("revokeSession", {"id": ids[0]}, "success"))["success"]
    assert [(await asked_by(client, one.access_token))[0] for one in (ann, again, bob)] == [200, 401, 200]


async def test_all_sessions_but_the_current_one_can_be_ended(client: Client, database_url: str) -> None:
    ann, again = await person(database_url, "ann"), await person(database_url, "ann")
    assert (await client.by(ann).mutate("revokeAllSessions", {"keepCurrent": True}, "count"))["count"] == 1
    assert [(await asked_by(client, one.access_token))[0] for one in (ann, again)] == [200, 401]


async def test_a_new_password_ends_all_sessions_and_begins_one(client: Client) -> None:
    first = await signs_up(client)
    second = await logs_in(client)
    headers = {"Authorization": f"Bearer {first['accessToken']}"}
    query = (
        "mutation ($i: ChangePasswordInput!) { changePassword(input: $i) { userErrors { code field } accessToken } }"
    )

    async def change(current: str, new: str) -> Any:
        body = {"query": query, "variables": {"i": {"currentPassword": current, "newPassword": new}}}
        return (await client.http.post("/graphql", json=body, headers=headers)).json()["data"]["changePassword"]

    assert codes(await change("not the password", "another long password")) == [
        ("INVALID_CREDENTIALS", ["input", "currentPassword"])
    ]
    assert codes(await change(PASSWORD, "short")) == [("TOO_SHORT", ["input", "newPassword"])]
    changed = await change(PASSWORD, "another long password")
    assert codes(changed) == []
    tokens = (first["accessToken"], second["accessToken"], changed["accessToken"])
    assert [(await asked_by(client, token))[0] for token in tokens] == [401, 401, 200]
    assert codes(await refreshes(client, second["refreshToken"]))[0][0] == "INVALID_CREDENTIALS"
    assert codes(await logs_in(client))[0][0] == "INVALID_CREDENTIALS"
    assert codes(await logs_in(client, password="another long password")) == []
