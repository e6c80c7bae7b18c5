"""How far posts have come: publish, unpublish, archive, delete; one or many, each in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, func, update

from core.refusals import InputRefusal, Refusal, RefusalCode
from core.viewer import Viewer
from db.database import WriteSession
from db.models import Post
from db.writes.post_access import LockedPost, lock_posts, refusal_to_write

Step = Literal["publish", "unpublish", "archive", "delete"]


@dataclass(frozen=True, slots=True)
class _Rule:
    """From which statuses a step leads, and what it writes."""

    come_from: frozenset[str]
    values: dict[str, Any]


_WRITTEN: dict[str, Any] = {"version": Post.version + 1, "updated_at": func.now()}
# A post keeps the date of its first publication, whatever becomes of it.
_PUBLISHED: dict[str, Any] = {"status": "PUBLISHED", "published_at": func.coalesce(Post.published_at, func.now())}
_RULES: dict[Step, _Rule] = {
    "publish": _Rule(frozenset({"DRAFT", "ARCHIVED"}), _WRITTEN | _PUBLISHED),
    "unpublish": _Rule(frozenset({"PUBLISHED"}), _WRITTEN | {"status": "DRAFT"}),
    "archive": _Rule(frozenset({"PUBLISHED"}), _WRITTEN | {"status": "ARCHIVED"}),
    "delete": _Rule(frozenset({"DRAFT", "PUBLISHED", "ARCHIVED"}), {}),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One post of a step, and at which version it is expected; `path` is where its id stood."""

    post_id: int
    expected_version: int | None = None
    path: tuple[str | int, ...] = ("id",)


async def step_refusals(session: WriteSession, viewer: Viewer, step: Step, asks: Sequence[Ask]) -> list[Refusal | None]:
    """Lock the posts; for each ask the reason against it, or None: one statement."""
    posts = await lock_posts(session, viewer, [ask.post_id for ask in asks])
    seen: set[int] = set()
    found: list[Refusal | None] = []
    for ask in asks:
        refusal = _refusal(viewer, step, posts.get(ask.post_id), ask)
        if ask.post_id in seen:
            refusal = InputRefusal(RefusalCode.INVALID, "This post is named twice.", ask.path)
        seen.add(ask.post_id)
        found.append(refusal)
    return found


def _refusal(viewer: Viewer, step: Step, post: LockedPost | None, ask: Ask) -> Refusal | None:
    if refusal := refusal_to_write(viewer, post, ask.expected_version, step, *ask.path):
        return refusal
    assert post is not None
    if post.status not in _RULES[step].come_from:
        return InputRefusal(RefusalCode.INVALID_STATE, f"The post is {post.status}: you cannot {step} it.", ask.path)
    return None


async def take_step(session: WriteSession, step: Step, post_ids: Sequence[int]) -> None:
    """Do it to posts that are locked and that nothing speaks against: one statement."""
    which = Post.id.in_(post_ids)
    if step == "delete":
        await session.execute(delete(Post).where(which), execution_options={"synchronize_session": False})
    else:
        changed = update(Post).where(which).values(_RULES[step].values)
        await session.execute(changed, execution_options={"synchronize_session": False})
