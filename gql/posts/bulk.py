"""Mutations of many posts at once: the same rules as for one, in the same few statements for any number."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from core.refusals import Refusal, RefusedError
from db.database import WriteSession
from db.writes.post_creation import make_posts, prepare_slugs
from db.writes.post_drafts import draft_refusals, rendered
from db.writes.post_states import Ask, Step, step_refusals, take_step
from db.writes.rules import bulk_refusals, refuse
from gql.context import Info
from gql.mutations.run import Result, Values, mutate, mutation, signed_in
from gql.posts.mutation_inputs import BulkErrorPolicy, BulkIdsInput, CreatePostsInput
from gql.posts.mutations import new_post, writer
from gql.posts.payloads import BulkPostsPayload
from gql.relay.ids import decode_id_of

Found = Mapping[int, Sequence[Refusal]]
"""The reasons against those that cannot be done, by their places in the input; their paths lead there."""


async def _create_posts(
    info: Info,
    input: Annotated[CreatePostsInput, strawberry.argument(description="The posts.")],  # noqa: A002
) -> BulkPostsPayload:
    viewer = signed_in(info.context)
    author_id = writer(viewer)
    refuse([*bulk_refusals(input.posts, ("posts",))])
    posts = {index: new_post(one, "input", "posts", index) for index, one in enumerate(input.posts)}
    wrong = {index: found for index, post in posts.items() if (found := draft_refusals(post))}
    able = {index: post for index, post in posts.items() if index not in wrong}
    bodies = dict(zip(able, await rendered([post.body for post in able.values()]), strict=True))

    async def work(session: WriteSession) -> Values:
        slugs, taken = await prepare_slugs(session, author_id, able)
        refusals = _below({**wrong, **taken}, "posts")
        _stop(refusals, input.error_policy)
        ids = await make_posts(session, author_id, {index: able[index] for index in slugs}, bodies, slugs)
        return _values(len(posts), refusals, {index: {"post_id": post_id} for index, post_id in ids.items()})

    return await _bulk(info, input, len(posts), work)  # type: ignore[return-value] # stands for it


async def _take(info: Info, asked: BulkIdsInput, step: Step) -> Result:
    viewer = signed_in(info.context)
    refuse([*bulk_refusals(asked.ids, ("ids",))])
    ids = [decode_id_of("Post", value, "input", "ids", index) for index, value in enumerate(asked.ids)]
    key = "deleted_post_id" if step == "delete" else "post_id"

    async def work(session: WriteSession) -> Values:
        asks = [Ask(post_id, path=("ids", index)) for index, post_id in enumerate(ids)]
        found = await step_refusals(session, viewer, step, asks)
        refusals = {index: [refusal] for index, refusal in enumerate(found) if refusal is not None}
        _stop(refusals, asked.error_policy)
        done = {index: post_id for index, post_id in enumerate(ids) if index not in refusals}
        await take_step(session, step, list(done.values()))
        return _values(len(ids), refusals, {index: {key: post_id} for index, post_id in done.items()})

    return await _bulk(info, asked, len(ids), work)


async def _publish_posts(
    info: Info,
    input: Annotated[BulkIdsInput, strawberry.argument(description="Which posts.")],  # noqa: A002
) -> BulkPostsPayload:
    return await _take(info, input, "publish")  # type: ignore[return-value] # stands for it


async def _delete_posts(
    info: Info,
    input: Annotated[BulkIdsInput, strawberry.argument(description="Which posts.")],  # noqa: A002
) -> BulkPostsPayload:
    return await _take(info, input, "delete")  # type: ignore[return-value] # stands for it


def _below(found: Found, name: str) -> dict[int, list[Refusal]]:
    return {index: [refusal.below(name, index) for refusal in found[index]] for index in sorted(found)}


def _stop(found: Found, policy: BulkErrorPolicy) -> None:
    """Take all back if one cannot be done, and the caller wants all or nothing."""
    if found and policy is BulkErrorPolicy.ALL_OR_NOTHING:
        raise RefusedError(*(refusal for refusals in found.values() for refusal in refusals))


def _values(number: int, found: Found, done: Mapping[int, Values]) -> Values:
    rows = [{"index": index, "refusals": found.get(index, ()), **done.get(index, {})} for index in range(number)]
    return {
        "count": len(done),
        "refusals": [refusal for refusals in found.values() for refusal in refusals],
        "rows": rows,
    }


async def _bulk(info: Info, asked: Any, number: int, work: Any) -> Result:
    """Run it, and tell of each row what became of it, also when nothing was done."""
    result = await mutate(info, asked, work)
    rows = result.rows or [{"index": index, "refusals": _of_row(result.refusals, index)} for index in range(number)]
    values = {"count": result.count, "refusals": result.refusals, "rows": [Result(None, row) for row in rows]}
    return Result(result.client_mutation_id, values)


def _of_row(refusals: Sequence[Refusal], index: int) -> list[Refusal]:
    return [refusal for refusal in refusals if refusal.path[1:2] == (index,)]


@strawberry.type
class BulkPostMutations:
    """Root fields."""

    create_posts: BulkPostsPayload = mutation(_create_posts, "Make up to 100 posts at once.")
    publish_posts: BulkPostsPayload = mutation(_publish_posts, "Let everybody see up to 100 posts at once.")
    delete_posts: BulkPostsPayload = mutation(_delete_posts, "Delete up to 100 posts at once, for good.")
