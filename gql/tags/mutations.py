from typing import Annotated

import strawberry

from core.refusals import RefusedError, required_role
from core.viewer import RoleName
from db.database import WriteSession
from db.writes import tags
from gql.context import Info
from gql.fields import relation
from gql.given import given, is_given
from gql.mutations.inputs import NodeInput
from gql.mutations.payload import DeletePayload, MutationPayload
from gql.mutations.run import Values, mutate, mutation, signed_in
from gql.references import TagType
from gql.relay.ids import decode_id_of
from gql.tags.mutation_inputs import CreateTagInput, MergeTagsInput, UpdateTagInput
from gql.text import storable


@strawberry.type(description="The tag that was written.")
class TagPayload(MutationPayload):
    """Stands for a Result with `tag_id`."""

    tag: TagType | None = relation(lambda loaders: loaders.tags.by_id, "tag_id", "The tag as it is now.")


def _demand(info: Info, role: RoleName, to_do: str) -> None:
    if not signed_in(info.context).has(role):
        raise RefusedError(required_role(role, to_do))


def _text(value: str | None, name: str) -> str | None:
    return None if value is None else storable(value, "input", name)


async def _create_tag(
    info: Info,
    input: Annotated[CreateTagInput, strawberry.argument(description="The tag.")],  # noqa: A002
) -> TagPayload:
    _demand(info, "AUTHOR", "make tags")
    name = storable(input.name, "input", "name")
    slug, description = _text(given(input.slug), "slug"), _text(given(input.description), "description")

    async def work(session: WriteSession) -> Values:
        return {"tag_id": await tags.create_tag(session, name, slug, description)}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _update_tag(
    info: Info,
    input: Annotated[UpdateTagInput, strawberry.argument(description="Which tag, and what changes.")],  # noqa: A002
) -> TagPayload:
    _demand(info, "EDITOR", "change tags")
    tag_id = decode_id_of("Tag", input.id, "input", "id")
    texts = {name: getattr(input, name) for name in ("name", "slug", "description")}
    changes = {name: _text(value, name) for name, value in texts.items() if is_given(value)}

    async def work(session: WriteSession) -> Values:
        await tags.update_tag(session, tag_id, changes)
        return {"tag_id": tag_id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _merge_tags(
    info: Info,
    input: Annotated[MergeTagsInput, strawberry.argument(description="Which tags.")],  # noqa: A002
) -> TagPayload:
    _demand(info, "EDITOR", "merge tags")
    merged = [decode_id_of("Tag", value, "input", "from", index) for index, value in enumerate(input.from_)]
    into = decode_id_of("Tag", input.into, "input", "into")

    async def work(session: WriteSession) -> Values:
        await tags.merge_tags(session, merged, into)
        return {"tag_id": into}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _delete_tag(
    info: Info,
    input: Annotated[NodeInput, strawberry.argument(description="Which tag.")],  # noqa: A002
) -> DeletePayload:
    _demand(info, "EDITOR", "delete tags")
    tag_id = decode_id_of("Tag", input.id, "input", "id")

    async def work(session: WriteSession) -> Values:
        await tags.delete_tag(session, tag_id)
        return {"deleted": ("Tag", tag_id)}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


@strawberry.type
class TagMutations:
    """Root fields."""

    create_tag: TagPayload = mutation(_create_tag, "Make a tag; posts also make those that they name.")
    update_tag: TagPayload = mutation(_update_tag, "Change a tag.")
    merge_tags: TagPayload = mutation(_merge_tags, "Move the posts of `from` to `into`, and delete `from`.")
    delete_tag: DeletePayload = mutation(_delete_tag, "Delete a tag; the posts that carry it lose it.")
