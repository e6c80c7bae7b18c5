"""`node` and `nodes`: any row by its opaque id."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated

import strawberry

from core.errors import BadInputError
from gql.context import Context, Info
from gql.directives import ListSize
from gql.fields import Family, Selected
from gql.lookups import Found, looked_up
from gql.relay.ids import decode_id
from gql.relay.node import Node
from gql.selection import Selection
from loaders.registry import Loaders

LONGEST_LIST = 250

_FAMILIES: dict[str, Callable[[Loaders], Family]] = {
    "User": lambda loaders: loaders.users.by_id,
    "Post": lambda loaders: loaders.posts.by_id,
    "Tag": lambda loaders: loaders.tags.by_id,
    "Comment": lambda loaders: loaders.comments.by_id,
    "Viewer": lambda loaders: loaders.accounts.viewer_by_id,
    "Session": lambda loaders: loaders.accounts.session_by_id,
    "Revision": lambda loaders: loaders.revisions.by_id,
}
"""Where each type that has ids is found by them."""


def _node(context: Context, place: tuple[str, int], selected: Selected) -> Found:
    type_name, row_id = place
    context.found_types.add(type_name)
    return _FAMILIES[type_name](context.loaders).reading(selected(type_name).columns), row_id


def _decode(value: strawberry.ID, *argument: str | int) -> tuple[str, int]:
    place = decode_id(value, *argument)
    if place[0] not in _FAMILIES:
        raise BadInputError("This is no id of this service.", argument)
    return place


def _place(
    id: Annotated[strawberry.ID, strawberry.argument(description="The opaque id.")],  # noqa: A002 - the contract's name
) -> tuple[str, int]:
    return _decode(id, "id")


async def _nodes(
    info: Info,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"The opaque ids, at most {LONGEST_LIST}.")],
) -> list[Node | None]:
    if len(ids) > LONGEST_LIST:
        raise BadInputError(f"`ids` may have at most {LONGEST_LIST} items, not {len(ids)}.", ["ids"])
    places = [_decode(value, "ids", index) for index, value in enumerate(ids)]
    selected = partial(Selection.of, info._raw_info)  # noqa: SLF001
    found = [_node(info.context, place, selected) for place in places]
    rows: list[Node | None] = await asyncio.gather(*(loads.load(key) for loads, key in found))
    return rows


@strawberry.type
class NodeQueries:
    """Root fields."""

    node: Node | None = looked_up(
        _node, _place, "Whatever has this id; null when there is nothing that the viewer may see."
    )
    nodes: list[Node | None] = strawberry.field(
        resolver=_nodes,
        description="Null in the place of each id that is unknown or hidden from the viewer.",
        directives=[ListSize(slicing_arguments=["ids"])],
    )
