"""How every mutation runs: one transaction, retried whole; refusals become data; then its payload reads anew."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import strawberry

from core.errors import BadInputError, UnauthenticatedError
from core.refusals import RefusedError
from core.viewer import Viewer
from db.database import WriteSession
from db.writes.idempotency import once
from db.writes.savepoint import undone
from gql.context import Context, Info
from gql.mutations.idempotent import IdempotencyRequest, idempotency_of
from gql.mutations.result import Result, Values

Work = Callable[[WriteSession], Awaitable[Values]]
"""Writes in a session that somebody else commits; answers what the payload needs, such as `{"post_id": 7}`.

It may raise RefusedError, which takes all back, or answer `refusals`, which commits what it did all the same. It may be
run several times: nothing of it may happen outside the session.
"""


def signed_in(context: Context) -> Viewer:
    """Whoever asks.

    Raises:
        UnauthenticatedError: nobody is signed in.

    """
    if context.viewer.user_id is None:
        raise UnauthenticatedError("Sign in first: send an access token as `Authorization: Bearer …`.")
    return context.viewer


def mutation(
    resolver: Callable[[Info, Any], Awaitable[Any]], description: str, *, hands_out_tokens: bool = False
) -> Any:
    """A field that writes: its resolver takes `info` and `input`; what rules refuse early is data, too.

    The answer of one that hands out tokens must not be kept, so it takes no idempotency key.
    """

    @wraps(resolver)
    async def answer(info: Info, input: Any) -> Any:  # noqa: A002 - the contract's name
        if hands_out_tokens and idempotency_of(info, input) is not None:
            raise BadInputError("This mutation hands out tokens, which are not kept: it takes no @idempotent.", ["key"])
        try:
            return await resolver(info, input)
        except RefusedError as error:
            return await _refused_early(info, input, error)

    return strawberry.mutation(resolver=answer, description=description)


async def _refused_early(info: Info, given: Any, error: RefusedError) -> Result:
    """What rules refused before a transaction; under an idempotency key it is an outcome like any other."""

    async def work(_session: WriteSession) -> Values:
        raise error

    if info.context.viewer.user_id is None or idempotency_of(info, given) is None:
        return Result(_client_mutation_id(given), {"refusals": error.refusals})
    return await mutate(info, given, work)


async def mutate(info: Info, given: Any, work: Work) -> Result:
    """Run a mutation, and let what follows in the request read what it wrote.

    Args:
        info: of the mutation's field.
        given: its input; has `client_mutation_id`.
        work: what it does.

    Raises:
        BadInputError: an idempotency key that cannot be.
        UnauthenticatedError: an idempotency key from nobody.
        ClientError: what `Database.transact` raises.

    """
    context = info.context
    request = idempotency_of(info, given)
    run = work if request is None else _once(work, request, signed_in(context))
    try:
        values = await context.services.database.transact(run)
    except RefusedError as error:
        values = {"refusals": error.refusals}
    context.renew()
    return Result(_client_mutation_id(given), values)


def _client_mutation_id(given: Any) -> str | None:
    value = given.client_mutation_id
    return value if isinstance(value, str) else None


def _once(work: Work, request: IdempotencyRequest, viewer: Viewer) -> Work:
    """The same work, unless it was done before under this key; refusals are kept like any other outcome."""
    assert viewer.user_id is not None
    user_id = viewer.user_id

    async def first(session: WriteSession) -> Values:
        try:
            async with undone(session):
                return await work(session)
        except RefusedError as error:
            return {"refusals": error.refusals}

    async def run(session: WriteSession) -> Values:
        return await once(session, user_id, request.key, request.request_hash, first)

    return run


__all__ = ["Result", "Values", "Work", "mutate", "mutation", "signed_in"]
