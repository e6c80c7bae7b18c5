"""All mutations on a model: who may, whether it was done before under its key, and that a refusal changes nothing."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from gql.relay.ids import decode_id
from tests.model import writes_comments, writes_posts, writes_tags
from tests.model.writes_state import Answer, Person, Problem, Refused, State, Unanswerable

Write = Callable[[State, Person, dict[str, Any]], Answer]

MUTATIONS: dict[str, Write] = {
    "createPost": writes_posts.create_post,
    "updatePost": writes_posts.update_post,
    "publishPost": writes_posts.step("publish"),
    "unpublishPost": writes_posts.step("unpublish"),
    "archivePost": writes_posts.step("archive"),
    "deletePost": writes_posts.step("delete"),
    "restoreRevision": writes_posts.restore_revision,
    "createPosts": writes_posts.create_posts,
    "publishPosts": writes_posts.steps("publish"),
    "deletePosts": writes_posts.steps("delete"),
    "createTag": writes_tags.create_tag,
    "updateTag": writes_tags.update_tag,
    "mergeTags": writes_tags.merge_tags,
    "deleteTag": writes_tags.delete_tag,
    "addComment": writes_comments.add_comment,
    "updateComment": writes_comments.update_comment,
    "deleteComment": writes_comments.delete_comment,
    "moderateComments": writes_comments.moderate_comments,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One request: who sends which mutation with which input, perhaps under an idempotency key."""

    who: Person | None
    field: str
    given: dict[str, Any]
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.who.username if self.who else 'nobody'}: {self.field} {self.given} {self.key or ''}"


@dataclass(slots=True)
class Kept:
    """What was asked for under a key, and what it came to."""

    asked: tuple[str, dict[str, Any]]
    answer: Answer


@dataclass(slots=True)
class Model:
    """A blog that is written to."""

    state: State
    kept: dict[tuple[int, str], Kept] = field(default_factory=dict)

    def write(self, step: Step) -> Answer:
        """What the step comes to.

        Raises:
            Unanswerable: nobody is signed in, or an id is none.

        """
        if step.who is None:
            raise Unanswerable("UNAUTHENTICATED")
        for argument in _malformed(step.given):
            raise Unanswerable("BAD_USER_INPUT", ["input", *argument])
        asked = {name: value for name, value in step.given.items() if name != "clientMutationId"}
        if step.key is None:
            return self._done(step, step.who)
        known = self.kept.get((step.who.id, step.key))
        if known is None:
            answer = self._done(step, step.who)
            self.kept[step.who.id, step.key] = Kept((step.field, asked), answer)
            return answer
        if known.asked != (step.field, asked):
            return Answer([Problem("IDEMPOTENCY_KEY_REUSED")])
        return known.answer

    def _done(self, step: Step, who: Person) -> Answer:
        before = deepcopy(self.state)
        try:
            return MUTATIONS[step.field](self.state, who, step.given)
        except Refused as refused:
            before.numbers = self.state.numbers
            self.state = before
            return Answer(refused.problems, {}, refused.rows)


_ID_FIELDS = frozenset({"id", "ids", "coAuthors", "post", "parent", "from", "into"})


def _malformed(value: Any, *path: str | int) -> Iterator[list[str | int]]:
    """Where an id stands that is none; all ids of the tests' inputs are under these names."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _malformed(one, *path, name)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _malformed(one, *path, index)
    elif value is not None and _ID_FIELDS & {*path[-2:]} and not _is_id(value):
        yield list(path)


def _is_id(value: Any) -> bool:
    try:
        decode_id(value)
    except Exception:  # noqa: BLE001 - whatever it is, it is none
        return False
    return True
