"""Accounts as clients have them: over HTTP, with a real database."""

from typing import Any

import pytest
import structlog

from core.settings import Settings
from gql.relay.ids import encode_id
from tests.fixtures.accounts import Client, codes, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import connected, execute

PASSWORD = "correct horse battery"
TOKENS = "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt viewer { email user { username role } }"
ANN = {"email": "Ann@example.org", "username": "ann", "name": "Ann", "password": PASSWORD}


@pytest.fixture
def client(api: Api) -> Client:
    return Client(api.http)


async def _as(client: Client, token: str, query: str = "{ viewer { email } }") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    response = await client.http.post("/graphql", json={"query": query}, headers=headers)
    return response.status_code, response.json()


async def _signs_up(client: Client, **changes: str) -> Any:
    payload = await client.mutate("signUp", {**ANN, **changes}, TOKENS)
    assert codes(payload) == []
    return payload


async def _logs_in(client: Client, login: str = "ann", password: str = PASSWORD) -> Any:
    return await client.mutate("logIn", {"login": login, "password": password}, TOKENS)


async def _refreshes(client: Client, token: str) -> Any:
    return await client.mutate("refreshSession", {"refreshToken": token}, TOKENS)


async def test_who_signs_up_is_signed_in_as_a_reader(client: Client) -> None:
    payload = await _signs_up(client)
    assert payload["viewer"] == {"email": "Ann@example.org", "user": {"username": "ann", "role": "READER"}}
    assert await _as(client, payload["accessToken"]) == (200, {"data": {"viewer": {"email": "Ann@example.org"}}})
    assert await client.data("{ viewer { email } }") == {"viewer": None}


async def test_all_that_is_wrong_with_a_sign_up_is_told_at_once(client: Client) -> None:
    wrong = {"email": "no address", "username": "-", "name": " ", "password": "short"}
    payload = await client.mutate("signUp", wrong, TOKENS)
    assert sorted(codes(payload)) == [
        ("INVALID", ["input", "email"]),
        ("INVALID", ["input", "username"]),
        ("REQUIRED", ["input", "name"]),
        ("TOO_SHORT", ["input", "password"]),
    ]
    long = {**ANN, "name": "x" * 201, "password": "x" * 129}
    payload = await client.mutate("signUp", long, TOKENS)
    assert [(one["code"], one["limit"]) for one in payload["userErrors"]] == [("TOO_LONG", 200), ("TOO_LONG", 128)]


async def test_names_and_addresses_are_unique_whatever_their_case(client: Client) -> None:
    await _signs_up(client)
    payload = await client.mutate("signUp", {**ANN, "username": "ANN", "email": "ann@EXAMPLE.org"}, TOKENS)
    assert [(one["code"], one["field"][1], one["suggestion"]) for one in payload["userErrors"]] == [
        ("TAKEN", "username", "ANN2"),
        ("TAKEN", "email", None),
    ]
    await _signs_up(client, username="ANN2", email="other@example.org")


async def test_a_service_may_take_no_sign_ups(settings: Settings) -> None:
    async with serving(settings.model_copy(update={"sign_up": False})) as api:
        payload = await Client(api.http).mutate("signUp", ANN, TOKENS)
    assert codes(payload) == [("FORBIDDEN", None)]


@pytest.mark.parametrize("login", ["ann", "ANN", "ann@example.org", " Ann@Example.ORG "])
async def test_one_signs_in_by_name_or_address(client: Client, login: str) -> None:
    await _signs_up(client)
    payload = await _logs_in(client, login)
    assert codes(payload) == []
    assert payload["viewer"]["email"] == "Ann@example.org"


async def test_a_wrong_password_and_an_unknown_user_look_alike(client: Client, database_url: str) -> None:
    await _signs_up(client)
    await execute(database_url, "INSERT INTO users (username, name, role) VALUES ('imported', 'I', 'AUTHOR')")
    answers = [
        await _logs_in(client, *who)
        for who in (
            ("ann", "wrong password!"),
            ("nobody", PASSWORD),
            ("imported", PASSWORD),
            ("a@b.example", "x"),
            ("", ""),
        )
    ]
    assert codes(answers[0]) == [("INVALID_CREDENTIALS", None)]
    assert all(answer == answers[0] for answer in answers)


async def test_a_used_refresh_token_answers_with_the_same_successor_for_a_while(client: Client) -> None:
    first = (await _signs_up(client))["refreshToken"]
    second = (await _refreshes(client, first))["refreshToken"]
    again = await _refreshes(client, first)
    assert second != first
    assert again["refreshToken"] == second
    assert codes(await _refreshes(client, second)) == []


async def test_a_refresh_token_used_later_ends_the_session(client: Client, database_url: str) -> None:
    signed_up = await _signs_up(client)
    first = signed_up["refreshToken"]
    second = await _refreshes(client, first)
    await execute(database_url, "UPDATE sessions SET rotated_at = rotated_at - interval '11 seconds'")
    assert codes(await _refreshes(client, first)) == [("TOKEN_REUSED", ["input", "refreshToken"])]
    assert codes(await _refreshes(client, second["refreshToken"])) == [
        ("INVALID_CREDENTIALS", ["input", "refreshToken"])
    ]
    for token in (signed_up["accessToken"], second["accessToken"]):
        assert (await _as(client, token))[0] == 401


async def test_an_older_token_ends_the_session_also_within_the_grace(client: Client) -> None:
    first = (await _signs_up(client))["refreshToken"]
    second = (await _refreshes(client, first))["refreshToken"]
    third = (await _refreshes(client, second))["refreshToken"]
    assert codes(await _refreshes(client, first))[0][0] == "TOKEN_REUSED"
    assert codes(await _refreshes(client, third))[0][0] == "INVALID_CREDENTIALS"


async def test_a_guessed_refresh_token_ends_nobodys_session(client: Client) -> None:
    token = (await _signs_up(client))["refreshToken"]
    for guess in ("x", "x.y", "AAAAAAAAAAAAAAAAAAAAAA.AAAA", token.partition(".")[2], ".", ""):
        assert codes(await _refreshes(client, guess))[0][0] == "INVALID_CREDENTIALS"
    assert codes(await _refreshes(client, token)) == []


@pytest.mark.parametrize("expired", ["expires_at = now()", "expires_at = now() - interval '1 day'"])
async def test_a_session_expires(client: Client, database_url: str, expired: str) -> None:
    payload = await _signs_up(client)
    await execute(database_url, f"UPDATE sessions SET {expired}")
    assert codes(await _refreshes(client, payload["refreshToken"]))[0][0] == "TOKEN_EXPIRED"
    assert (await _as(client, payload["accessToken"]))[0] == 401


async def test_a_session_that_is_carried_on_ends_all_the_same_after_its_lifetime(
    client: Client, database_url: str
) -> None:
    payload = await _signs_up(client)
    await execute(database_url, "UPDATE sessions SET created_at = created_at - interval '29 days'")
    await _refreshes(client, payload["refreshToken"])
    async with connected(database_url) as connection:
        left = await connection.fetchval("SELECT expires_at - now() FROM sessions")
    assert 0.9 < left.total_seconds() / 86_400 <= 1


async def test_logging_out_ends_the_session_and_can_be_done_twice(client: Client) -> None:
    payload = await _signs_up(client)
    for _ in range(2):
        assert (await client.mutate("logOut", {"refreshToken": payload["refreshToken"]}, "success"))["success"]
    assert (await _as(client, payload["accessToken"]))[0] == 401
    assert (await client.mutate("logOut", {"refreshToken": "no.token"}, "success"))["success"]


async def test_a_session_ended_in_one_process_is_ended_in_all(settings: Settings, database_url: str) -> None:
    ann = await person(database_url, "ann")
    async with serving(settings) as here, serving(settings) as there:
        one, other = Client(here.http, ann), Client(there.http, ann)
        assert (await other.data("{ viewer { user { role } } }"))["viewer"]["user"]["role"] == "READER"
        assert codes(await one.mutate("revokeAllSessions", {}, "count")) == []
        assert (await _as(other, ann.access_token))[0] == 401


async def test_a_role_given_in_one_process_holds_in_all(settings: Settings, database_url: str) -> None:
    ann, boss = await person(database_url, "ann"), await person(database_url, "boss", "ADMIN")
    async with serving(settings) as here, serving(settings) as there:
        create = {"title": "x", "body": "x"}
        assert codes(await Client(there.http, ann).mutate("createPost", create, "post { id }")) == [("FORBIDDEN", None)]
        given = {"user": ann.node_id, "role": "AUTHOR"}
        payload = await Client(here.http, boss).mutate("setUserRole", given, "user { role }")
        assert payload["user"] == {"role": "AUTHOR"}
        assert codes(await Client(there.http, ann).mutate("createPost", create, "post { id }")) == []


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
    assert [(await _as(client, one.access_token))[0] for one in (ann, again, bob)] == [200, 401, 200]


async def test_all_sessions_but_the_current_one_can_be_ended(client: Client, database_url: str) -> None:
    ann, again = await person(database_url, "ann"), await person(database_url, "ann")
    assert (await client.by(ann).mutate("revokeAllSessions", {"keepCurrent": True}, "count"))["count"] == 1
    assert [(await _as(client, one.access_token))[0] for one in (ann, again)] == [200, 401]


async def test_a_new_password_ends_all_sessions_and_begins_one(client: Client) -> None:
    first = await _signs_up(client)
    second = await _logs_in(client)
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
    assert [(await _as(client, token))[0] for token in tokens] == [401, 401, 200]
    assert codes(await _refreshes(client, second["refreshToken"]))[0][0] == "INVALID_CREDENTIALS"
    assert codes(await _logs_in(client))[0][0] == "INVALID_CREDENTIALS"
    assert codes(await _logs_in(client, password="another long password")) == []


async def test_a_profile_keeps_what_is_absent_and_loses_what_is_null(client: Client, database_url: str) -> None:
    ann = client.by(await person(database_url, "ann"))
    wanted = "user { name bio bioHtml url }"
    first = await ann.mutate("updateProfile", {"name": "Ann", "bio": "*hi*", "url": "https://ann.example"}, wanted)
    assert first["user"] == {
        "name": "Ann",
        "bio": "*hi*",
        "bioHtml": "<p><em>hi</em></p>\n",
        "url": "https://ann.example",
    }
    second = await ann.mutate("updateProfile", {"bio": None}, wanted)
    assert second["user"] == {"name": "Ann", "bio": None, "bioHtml": None, "url": "https://ann.example"}
    wrong = {"name": None, "bio": "x" * 10_001, "url": "javascript:alert(1)"}
    assert codes(await ann.mutate("updateProfile", wrong, wanted)) == [
        ("REQUIRED", ["input", "name"]),
        ("TOO_LONG", ["input", "bio"]),
        ("INVALID", ["input", "url"]),
    ]


async def test_only_an_administrator_gives_roles_and_the_last_one_stays(client: Client, database_url: str) -> None:
    boss, ed = await person(database_url, "boss", "ADMIN"), await person(database_url, "ed", "EDITOR")
    given = {"user": boss.node_id, "role": "READER"}
    payload = await client.by(ed).mutate("setUserRole", given, "user { role }")
    assert [(one["code"], one["requiredRole"]) for one in payload["userErrors"]] == [("FORBIDDEN", "ADMIN")]
    assert codes(await client.by(boss).mutate("setUserRole", given, "user { role }")) == [
        ("INVALID_STATE", ["input", "user"])
    ]
    unknown = {"user": encode_id("User", 999), "role": "READER"}
    assert codes(await client.by(boss).mutate("setUserRole", unknown, "user { role }")) == [
        ("NOT_FOUND", ["input", "user"])
    ]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Token x", "Bearer a.b.c"])
async def test_a_header_that_is_no_good_is_never_taken_for_nobody(client: Client, header: str) -> None:
    response = await client.http.post("/graphql", json={"query": "{ __typename }"}, headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()


async def test_what_needs_somebody_says_so(client: Client) -> None:
    [error] = (await client.send('mutation { deletePost(input: {id: "UG9zdDox"}) { deletedId } }'))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["path"] == ["deletePost"]


async def test_what_follows_a_sign_in_in_the_same_request_is_done_by_whoever_signed_in(client: Client) -> None:
    await _signs_up(client)
    answer = await client.data(
        'mutation { logIn(input: {login: "ann", password: "correct horse battery"}) { viewer { email } } '
        'updateProfile(input: {name: "Anna"}) { user { name } } }'
    )
    assert answer["updateProfile"] == {"user": {"name": "Anna"}}


async def test_mutations_that_hand_out_tokens_take_no_key(client: Client) -> None:
    [error] = (
        await client.send(
            'mutation { logIn(input: {login: "ann", password: "x"}) @idempotent(key: "k") { accessToken } }'
        )
    )["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_no_secret_reaches_a_log_or_an_error(
    client: Client, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = await _signs_up(client)
    secrets = [PASSWORD, "a wrong password!", tokens["accessToken"], tokens["refreshToken"]]
    with structlog.testing.capture_logs() as logs:
        answers = [await _logs_in(client, password="a wrong password!")]
        await execute(database_url, "ALTER TABLE sessions RENAME TO gone")
        for query in (
            f'mutation {{ logIn(input: {{login: "ann", password: "{PASSWORD}"}}) {{ accessToken }} }}',
            f'mutation {{ refreshSession(input: {{refreshToken: "{tokens["refreshToken"]}"}}) {{ accessToken }} }}',
        ):
            answers.append(await client.send(query))  # noqa: PERF401 - one after the other
        answers.append(
            (
                await client.http.post(
                    "/graphql",
                    json={"query": "{ __typename }"},
                    headers={"Authorization": f"Bearer {tokens['accessToken']}"},
                )
            ).text
        )
    assert [one for one in logs if one["event"] == "resolver_failed"], "the faults were logged"
    told = f"{answers} {[(one, repr(one.get('exc_info'))) for one in logs]} {capsys.readouterr()}"
    hashes = ["$argon2id$"]
    assert [secret for secret in secrets + hashes if secret in told] == []
