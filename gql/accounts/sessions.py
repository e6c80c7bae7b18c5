"""Mutations by which sessions begin, go on and end."""

from typing import Annotated

import strawberry

from core.refusals import AccessRefusal, InputRefusal, Refusal, RefusalCode, RefusedError, not_found
from core.viewer import ANONYMOUS
from db.database import WriteSession
from db.reads.sessions import viewer_of_session
from db.writes import accounts, sessions, throttles
from db.writes.accounts import NewAccount
from db.writes.rules import refuse
from db.writes.sessions import OpenSession
from gql.accounts.inputs import LogInInput, LogOutInput, RefreshSessionInput, RevokeAllSessionsInput, SignUpInput
from gql.accounts.payloads import AuthPayload
from gql.context import Context, Info
from gql.mutations.inputs import NodeInput
from gql.mutations.payload import CountPayload, SimplePayload
from gql.mutations.result import Result, Values
from gql.mutations.run import mutate, mutation, signed_in
from gql.relay.ids import decode_id_of
from gql.text import storable

_WRONG = InputRefusal(RefusalCode.INVALID_CREDENTIALS, "The login or the password is wrong.")


async def _sign_up(
    info: Info,
    input: Annotated[SignUpInput, strawberry.argument(description="The account.")],  # noqa: A002
) -> AuthPayload:
    context = info.context
    if not context.services.accounts.sign_up:
        raise RefusedError(AccessRefusal(RefusalCode.FORBIDDEN, "Accounts are made by an administrator here."))
    account = NewAccount(
        storable(input.username, "input", "username"),
        storable(input.email, "input", "email"),
        storable(input.name, "input", "name"),
    )
    password = _password(input.password, "password")
    await _count_address(context)
    refuse([*accounts.account_refusals(account), *accounts.password_refusals(password, ("password",))])
    password_hash = await context.services.passwords.hash(password)

    async def work(session: WriteSession) -> Values:
        user_id = await accounts.create_account(session, account, password_hash)
        return await _opened(session, context, user_id)

    return await signed(info, await mutate(info, input, work))


async def _log_in(
    info: Info,
    input: Annotated[LogInInput, strawberry.argument(description="Who signs in.")],  # noqa: A002
) -> AuthPayload:
    context, login = info.context, storable(input.login, "input", "login").strip()
    password = _password(input.password, "password")
    await _count_address(context)
    most = context.services.accounts.login_tries

    async def look(session: WriteSession) -> tuple[accounts.Credentials | None, str, Refusal | None]:
        found = await accounts.find_credentials(session, login)
        key = login_key(found, login)
        return found, key, await throttles.count_account(session, key, most)

    found, key, refusal = await context.services.database.transact(look)
    refuse([refusal] if refusal else [])
    verdict = await context.services.passwords.verify(None if found is None else found.password_hash, password)
    if not verdict.right or found is None:
        raise RefusedError(_WRONG)

    async def work(session: WriteSession) -> Values:
        await throttles.clear(session, key)
        if verdict.new_hash is not None:
            await accounts.set_password(session, found.user_id, verdict.new_hash)
        return await _opened(session, context, found.user_id)

    return await signed(info, await mutate(info, input, work))


async def _refresh_session(
    info: Info,
    input: Annotated[RefreshSessionInput, strawberry.argument(description="Which session.")],  # noqa: A002
) -> AuthPayload:
    lifetimes = info.context.services.accounts.lifetimes

    async def work(session: WriteSession) -> Values:
        found = await sessions.rotate(session, input.refresh_token, lifetimes)
        return _tokens(info.context, found) if isinstance(found, OpenSession) else {"refusals": [found]}

    return await signed(info, await mutate(info, input, work))


async def _log_out(
    info: Info,
    input: Annotated[LogOutInput, strawberry.argument(description="Which session.")],  # noqa: A002
) -> SimplePayload:
    async def work(session: WriteSession) -> Values:
        return {"ended": await sessions.end_by_token(session, input.refresh_token)}

    return _ended(info, await mutate(info, input, work))  # type: ignore[return-value] # stands for it


async def _revoke_session(
    info: Info,
    input: Annotated[NodeInput, strawberry.argument(description="Which of one's own sessions.")],  # noqa: A002
) -> SimplePayload:
    viewer, session_id = signed_in(info.context), decode_id_of("Session", input.id, "input", "id")

    async def work(session: WriteSession) -> Values:
        assert viewer.user_id is not None
        ended = await sessions.end_one(session, viewer.user_id, session_id)
        if not ended:
            raise RefusedError(not_found("session", "id"))
        return {"ended": ended}

    return _ended(info, await mutate(info, input, work))  # type: ignore[return-value] # stands for it


async def _revoke_all_sessions(
    info: Info,
    input: Annotated[RevokeAllSessionsInput, strawberry.argument(description="Which sessions.")],  # noqa: A002
) -> CountPayload:
    viewer = signed_in(info.context)

    async def work(session: WriteSession) -> Values:
        assert viewer.user_id is not None
        ended = await sessions.end_all(session, viewer.user_id, viewer.session_id if input.keep_current else None)
        return {"ended": ended, "count": len(ended)}

    return _ended(info, await mutate(info, input, work))  # type: ignore[return-value] # stands for it


def login_key(found: accounts.Credentials | None, login: str) -> str:
    """As what tries at an account are counted: by whichever name it is tried."""
    return f"account:{login.lower()[:300]}" if found is None else f"user:{found.user_id}"


async def signed(info: Info, result: Result) -> AuthPayload:
    """Let what follows be asked by whoever is signed in now."""
    if result.session_id is not None:
        database = info.context.services.database
        viewer = await viewer_of_session(database.read(), result.viewer_id, result.session_id)
        info.context.sign_in(viewer or ANONYMOUS)
    return result  # type: ignore[return-value] # stands for it


def _ended(info: Info, result: Result) -> Result:
    if info.context.viewer.session_id in (result.ended or ()):
        info.context.sign_in(ANONYMOUS)
    return result


async def _opened(session: WriteSession, context: Context, user_id: int) -> Values:
    lifetimes = context.services.accounts.lifetimes
    return _tokens(context, await sessions.open_session(session, user_id, context.caller.user_agent, lifetimes))


opened = _opened


def _tokens(context: Context, found: OpenSession) -> Values:
    access = context.services.access_tokens.issue(found.user_id, found.id)
    return {
        "access_token": access.token,
        "access_token_expires_at": access.expires_at,
        "refresh_token": str(found.token),
        "refresh_token_expires_at": found.expires_at,
        "viewer_id": found.user_id,
        "session_id": found.id,
    }


async def _count_address(context: Context) -> None:
    """Count a try from where the request came; committed whatever becomes of it."""
    most = context.services.accounts.login_tries_by_address

    async def count(session: WriteSession) -> Refusal | None:
        return await throttles.count_address(session, context.caller.address, most)

    refusal = await context.services.database.transact(count)
    refuse([refusal] if refusal else [])


def _password(value: str, name: str) -> str:
    """A password that can be hashed; one with half a surrogate pair cannot."""
    return storable(value, "input", name)


@strawberry.type
class SessionMutations:
    """Root fields."""

    sign_up: AuthPayload = mutation(_sign_up, "Make an account, and sign in.", hands_out_tokens=True)
    log_in: AuthPayload = mutation(_log_in, "Sign in.", hands_out_tokens=True)
    refresh_session: AuthPayload = mutation(
        _refresh_session,
        "Rotates the refresh token; the one before answers with the same successor for 10 s, later use revokes the "
        "session.",
        hands_out_tokens=True,
    )
    log_out: SimplePayload = mutation(_log_out, "End the session of a refresh token; also when it has ended already.")
    revoke_session: SimplePayload = mutation(_revoke_session, "End one of the viewer's sessions, at once.")
    revoke_all_sessions: CountPayload = mutation(_revoke_all_sessions, "End the viewer's sessions, at once.")
