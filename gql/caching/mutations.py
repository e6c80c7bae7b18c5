from typing import Annotated

import strawberry

from core.refusals import InputRefusal, RefusalCode, RefusedError, required_role
from db.database import WriteSession
from db.writes.purge import purge
from gql.context import Info
from gql.given import ABSENT
from gql.mutations.inputs import CLIENT_MUTATION_ID
from gql.mutations.payload import SimplePayload
from gql.mutations.result import Values
from gql.mutations.run import mutate, mutation, signed_in
from gql.text import storable

MOST_TAGS = 250


@strawberry.input(description="What is to be read anew.")
class PurgeCacheInput:
    """What is to be read anew."""

    tags: list[str] | None = strawberry.field(
        default=ABSENT,
        description=f"Tags as in `extensions.cache.tags`, at most {MOST_TAGS}; without any, everything.",
    )
    client_mutation_id: str | None = CLIENT_MUTATION_ID


async def _purge_cache(
    info: Info,
    input: Annotated[PurgeCacheInput, strawberry.argument(description="What.")],  # noqa: A002
) -> SimplePayload:
    if not signed_in(info.context).has("ADMIN"):
        raise RefusedError(required_role("ADMIN", "purge the cache"))
    given = input.tags or []
    tags = [storable(tag, "input", "tags", index) for index, tag in enumerate(given)]
    if len(tags) > MOST_TAGS:
        message = f"There are {len(tags)} tags; {MOST_TAGS} are allowed."
        raise RefusedError(InputRefusal(RefusalCode.TOO_LONG, message, ("tags",), MOST_TAGS))

    async def work(session: WriteSession) -> Values:
        await purge(session, tags)
        return {}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


@strawberry.type
class CacheMutations:
    """Root fields."""

    purge_cache: SimplePayload = mutation(
        _purge_cache, "Let kept responses be read anew, in every process; nothing else changes."
    )
