"""Mutations of one post."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from core.refusals import RefusedError, required_role
from core.viewer import Viewer
from db.database import WriteSession
from db.writes.post_creation import make_posts, prepare_slugs
from db.writes.post_drafts import NewPost, draft_refusals, rendered
from db.writes.post_edits import Edit, edit_post, edit_refusals, restore_revision
from db.writes.post_states import Ask, Step, step_refusals, take_step
from db.writes.rules import refuse
from gql.context import Info
from gql.given import given, is_given
from gql.mutations.payload import DeletePayload
from gql.mutations.run import Result, Values, mutate, mutation, signed_in
from gql.posts.mutation_inputs import CreatePostInput, RestoreRevisionInput, UpdatePostInput, VersionedInput
from gql.posts.payloads import PostPayload
from gql.relay.ids import decode_id_of
from gql.text import storable

_TEXTS = ("title", "slug", "summary", "body", "canonical_url")


def new_post(asked: CreatePostInput, *path: str | int) -> NewPost:
    """The post that an input means; `path` is where the input stood.

    Raises:
        BadInputError: an id that is none of a user, or a text that cannot be stored.

    """
    texts = {name: _text(asked, name, path) for name in _TEXTS}
    return NewPost(
        title=texts["title"] or "",
        body=texts["body"] or "",
        slug=texts["slug"],
        summary=texts["summary"],
        status=asked.status.name,
        published_at=given(asked.published_at),
        canonical_url=texts["canonical_url"],
        tags=_names(given(asked.tags) or (), *path),
        coauthor_ids=_users(given(asked.co_authors) or (), *path),
    )


def _text(asked: CreatePostInput | UpdatePostInput, name: str, path: Sequence[str | int]) -> str | None:
    value = given(getattr(asked, name))
    return None if value is None else storable(value, *path, "canonicalUrl" if name == "canonical_url" else name)


def _names(tags: Sequence[str], *path: str | int) -> list[str]:
    return [storable(name, *path, "tags", index) for index, name in enumerate(tags)]


def _users(ids: Sequence[strawberry.ID], *path: str | int) -> list[int]:
    return [decode_id_of("User", value, *path, "coAuthors", index) for index, value in enumerate(ids)]


def writer(viewer: Viewer) -> int:
    """The id of a viewer who may write posts.

    Raises:
        RefusedError: he may not.

    """
    assert viewer.user_id is not None
    if not viewer.has("AUTHOR"):
        raise RefusedError(required_role("AUTHOR", "write posts"))
    return viewer.user_id


async def _create_post(
    info: Info,
    input: Annotated[CreatePostInput, strawberry.argument(description="The post.")],  # noqa: A002
) -> PostPayload:
    viewer, post = signed_in(info.context), new_post(input, "input")
    author_id = writer(viewer)
    refuse(draft_refusals(post))
    [body] = await rendered([post.body])

    async def work(session: WriteSession) -> Values:
        slugs, refusals = await prepare_slugs(session, author_id, {0: post})
        refuse(refusals.get(0, ()))
        ids = await make_posts(session, author_id, {0: post}, {0: body}, slugs)
        return {"post_id": ids[0]}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _update_post(
    info: Info,
    input: Annotated[UpdatePostInput, strawberry.argument(description="Which post, and what changes.")],  # noqa: A002
) -> PostPayload:
    viewer, post_id = signed_in(info.context), decode_id_of("Post", input.id, "input", "id")
    edit = _edit(input)
    refuse(edit_refusals(edit))
    body = edit.columns.get("body")
    new_body = None if body is None else (await rendered([body]))[0]

    async def work(session: WriteSession) -> Values:
        await edit_post(session, viewer, post_id, given(input.expected_version), edit, new_body)
        return {"post_id": post_id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


def _edit(asked: UpdatePostInput) -> Edit:
    columns = {name: _text(asked, name, ["input"]) for name in _TEXTS if is_given(getattr(asked, name))}
    tags, coauthors = asked.tags, asked.co_authors
    return Edit(
        columns,
        _names(tags or (), "input") if is_given(tags) else None,
        _users(coauthors or (), "input") if is_given(coauthors) else None,
    )


async def _restore_revision(
    info: Info,
    input: Annotated[RestoreRevisionInput, strawberry.argument(description="Which text of which post.")],  # noqa: A002
) -> PostPayload:
    viewer, post_id = signed_in(info.context), decode_id_of("Post", input.id, "input", "id")

    async def work(session: WriteSession) -> Values:
        await restore_revision(session, viewer, post_id, input.version, given(input.expected_version))
        return {"post_id": post_id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


def _step(step: Step, description: str) -> Any:
    """A mutation that takes one post a step further."""

    async def resolve(
        info: Info,
        input: Annotated[VersionedInput, strawberry.argument(description="Which post.")],  # noqa: A002
    ) -> PostPayload:
        return await _take(info, input, step)  # type: ignore[return-value] # stands for it

    return mutation(resolve, description)


async def _take(info: Info, asked: VersionedInput, step: Step) -> Result:
    viewer, post_id = signed_in(info.context), decode_id_of("Post", asked.id, "input", "id")

    async def work(session: WriteSession) -> Values:
        [refusal] = await step_refusals(session, viewer, step, [Ask(post_id, given(asked.expected_version))])
        refuse([refusal] if refusal else [])
        await take_step(session, step, [post_id])
        return {"deleted": ("Post", post_id)} if step == "delete" else {"post_id": post_id}

    return await mutate(info, asked, work)


async def _delete_post(
    info: Info,
    input: Annotated[VersionedInput, strawberry.argument(description="Which post.")],  # noqa: A002
) -> DeletePayload:
    return await _take(info, input, "delete")  # type: ignore[return-value] # stands for it


@strawberry.type
class PostMutations:
    """Root fields."""

    create_post: PostPayload = mutation(_create_post, "Make a post, with the viewer as its author.")
    update_post: PostPayload = mutation(
        _update_post,
        "Change a post; each new text is kept as a revision. What stays as it is writes nothing.",
    )
    publish_post: PostPayload = _step("publish", "Let everybody see a draft or an archived post.")
    unpublish_post: PostPayload = _step("unpublish", "Make a published post a draft again.")
    archive_post: PostPayload = _step("archive", "Take a published post back.")
    delete_post: DeletePayload = mutation(_delete_post, "Delete a post with its comments and revisions, for good.")
    restore_revision: PostPayload = mutation(_restore_revision, "Write an earlier text of a post again.")
