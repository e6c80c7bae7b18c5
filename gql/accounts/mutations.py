"""Mutations of accounts and profiles."""

import asyncio
from typing import Annotated, Any

import strawberry

from core.markdown import render
from core.refusals import InputRefusal, Refusal, RefusalCode, RefusedError, required_role
from db.database import WriteSession
from db.writes import accounts, sessions, throttles
from db.writes.rules import refuse
from gql.accounts.inputs import ChangePasswordInput, SetUserRoleInput, UpdateProfileInput
from gql.accounts.payloads import AuthPayload, UserPayload
from gql.accounts.sessions import login_key, opened, signed
from gql.context import Info
from gql.given import is_given
from gql.mutations.result import Values
from gql.mutations.run import mutate, mutation, signed_in
from gql.relay.ids import decode_id_of
from gql.text import storable


async def _change_password(
    info: Info,
    input: Annotated[ChangePasswordInput, strawberry.argument(description="The new password.")],  # noqa: A002
) -> AuthPayload:
    context, viewer = info.context, signed_in(info.context)
    assert viewer.user_id is not None
    user_id = viewer.user_id
    current = storable(input.current_password, "input", "currentPassword")
    new = storable(input.new_password, "input", "newPassword")
    refuse([*accounts.password_refusals(new, ("new_password",))])

    async def look(session: WriteSession) -> tuple[accounts.Credentials, Refusal | None]:
        found = await accounts.credentials_of(session, user_id)
        most = context.services.accounts.login_tries
        return found, await throttles.count_account(session, login_key(found, ""), most)

    found, refusal = await context.services.database.transact(look)
    refuse([refusal] if refusal else [])
    if not (await context.services.passwords.verify(found.password_hash, current)).right:
        message = "This is not the current password."
        raise RefusedError(InputRefusal(RefusalCode.INVALID_CREDENTIALS, message, ("current_password",)))
    password_hash = await context.services.passwords.hash(new)

    async def work(session: WriteSession) -> Values:
        await throttles.clear(session, login_key(found, ""))
        await accounts.set_password(session, user_id, password_hash)
        await sessions.end_all(session, user_id)
        return await opened(session, context, user_id)

    return await signed(info, await mutate(info, input, work))


async def _update_profile(
    info: Info,
    input: Annotated[UpdateProfileInput, strawberry.argument(description="What changes.")],  # noqa: A002
) -> UserPayload:
    viewer = signed_in(info.context)
    texts = {name: getattr(input, name) for name in ("name", "bio", "url")}
    given: dict[str, Any] = {
        name: None if value is None else storable(value, "input", name)
        for name, value in texts.items()
        if is_given(value)
    }
    refuse([*accounts.profile_refusals(given)])
    bio = given.get("bio")
    new_bio = None if bio is None else await asyncio.to_thread(render, bio)

    async def work(session: WriteSession) -> Values:
        assert viewer.user_id is not None
        await accounts.update_profile(session, viewer.user_id, given, new_bio)
        return {"user_id": viewer.user_id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _set_user_role(
    info: Info,
    input: Annotated[SetUserRoleInput, strawberry.argument(description="Who may do what.")],  # noqa: A002
) -> UserPayload:
    viewer = signed_in(info.context)
    if not viewer.has("ADMIN"):
        raise RefusedError(required_role("ADMIN", "give roles"))
    user_id = decode_id_of("User", input.user, "input", "user")
    role: Any = input.role.name

    async def work(session: WriteSession) -> Values:
        await accounts.set_role(session, user_id, role)
        return {"user_id": user_id}

    result = await mutate(info, input, work)
    if user_id == viewer.user_id and not result.refusals:
        info.context.sign_in(viewer.with_role(role))
    return result  # type: ignore[return-value] # stands for it


@strawberry.type
class AccountMutations:
    """Root fields."""

    change_password: AuthPayload = mutation(
        _change_password,
        "Give the viewer a new password; ends all sessions, and begins one.",
        hands_out_tokens=True,
    )
    update_profile: UserPayload = mutation(_update_profile, "Change the viewer's public profile.")
    set_user_role: UserPayload = mutation(_set_user_role, "Let a user do more, or less; holds at once.")
