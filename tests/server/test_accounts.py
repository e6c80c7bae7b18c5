"""Accounts as clients have them: over HTTP, with a real database."""

import pytest
import structlog

from core.settings import Settings
from gql.relay.ids import encode_id
from tests.fixtures.accounts import Client, codes, person
from tests.fixtures.api import serving
from tests.fixtures.servers import execute
from tests.server.signing import ANN, PASSWORD, TOKENS, asked_by, logs_in, signs_up


async def test_who_signs_up_is_signed_in_as_a_reader(client: Client) -> None:
    payload = await signs_up(client)
    assert payload["viewer"] == {"email": "Ann@example.org", "user": {"username": "ann", "role": "READER"}}
    assert await asked_by(client, payload["accessToken"]) == (200, {"data": {"viewer": {"email": "Ann@example.org"}}})
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
    await signs_up(client)
    payload = await client.mutate("signUp", {**ANN, "username": "ANN", "email": "ann@EXAMPLE.org"}, TOKENS)
    assert [(one["code"], one["field"][1], one["suggestion"]) for one in payload["userErrors"]] == [
        ("TAKEN", "username", "ANN2"),
        ("TAKEN", "email", None),
    ]
    await signs_up(client, username="ANN2", email="other@example.org")


async def test_a_service_may_take_no_sign_ups(settings: Settings) -> None:
    async with serving(settings.model_copy(update={"sign_up": False})) as api:
        payload = await Client(api.http).mutate("signUp", ANN, TOKENS)
    assert codes(payload) == [("FORBIDDEN", None)]


@pytest.mark.parametrize("login", ["ann", "ANN", "ann@example.org", " Ann@Example.ORG "])
async def test_one_signs_in_by_name_or_address(client: Client, login: str) -> None:
    await signs_up(client)
    payload = await logs_in(client, login)
    assert codes(payload) == []
    assert payload["viewer"]["email"] == "Ann@example.org"


async def test_a_wrong_password_and_an_unknown_user_look_alike(client: Client, database_url: str) -> None:
    await signs_up(client)
    await execute(database_url, "INSERT INTO users (username, name, role) VALUES ('imported', 'I', 'AUTHOR')")
    answers = [
        await logs_in(client, *who)
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


async def test_a_role_given_in_one_process_holds_in_all(settings: Settings, database_url: str) -> None:
    ann, boss = await person(database_url, "ann"), await person(database_url, "boss", "ADMIN")
    async with serving(settings) as here, serving(settings) as there:
        create = {"title": "x", "body": "x"}
        assert codes(await Client(there.http, ann).mutate("createPost", create, "post { id }")) == [("FORBIDDEN", None)]
        given = {"user": ann.node_id, "role": "AUTHOR"}
        payload = await Client(here.http, boss).mutate("setUserRole", given, "user { role }")
        assert payload["user"] == {"role": "AUTHOR"}
        assert codes(await Client(there.http, ann).mutate("createPost", create, "post { id }")) == []


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
    await signs_up(client)
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
    tokens = await signs_up(client)
    secrets = [PASSWORD, "a wrong password!", tokens["accessToken"], tokens["refreshToken"]]
    with structlog.testing.capture_logs() as logs:
        answers = [await logs_in(client, password="a wrong password!")]
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
