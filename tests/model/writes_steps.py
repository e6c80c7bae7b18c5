"""Random mutations of a model's rows: right and wrong ones, of few titles, slugs and names, so that they meet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from gql.relay.ids import encode_id
from tests.model.choices import Choices
from tests.model.writes import Step
from tests.model.writes_posts import FUTURE
from tests.model.writes_state import Person, State

TITLES = ("One", "One", "Two Plums", "  One ", "two-plums", "!?", "", " \n", "x" * 301)
SLUGS = ("one", "one", "one-2", "plum", "two-plums", "Bad Slug", "", "-one", "y" * 121)
BODIES = ("red pears", "red pears", "green figs", "", "black cherries and white ones")
SUMMARIES = ("Short", "Brief", None, "", "s" * 2_001)
ADDRESSES = (None, "https://example.org/a", "http://example.org/b", "javascript:alert(1)", "")
NAMES = ("Kiwi", "kiwi", "Red Plum", "red-plum", " Fig ", "fig", "Lime", "?!", " ", "n" * 101)
TAG_SLUGS = ("kiwi", "plum", "red-plum", "fig", "no slug")
DESCRIPTIONS = ("About it", None, "d" * 2_001)
REMARKS = ("Nice", "Nice", "No", "", "   ", "r" * 10_001)
DATES = (None, None, "2020-02-03T04:05:06+00:00", FUTURE)
KEYS = ("k1", "k2", "k3")
MALFORMED = ("", "nonsense", "UG9zdDow", "\N{SNOWMAN}")
UNKNOWN = 987_654_321


class _Row(Protocol):
    @property
    def id(self) -> int | None: ...


class Steps:
    """Chooses what is asked next."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.pick, self.chance = choices.pick, choices.chance
        self.sent: list[Step] = []
        self.posts = self.tags = self.comments = self.users = list[str]()
        self.trusted = False

    def next(self, state: State, people: Sequence[Person]) -> Step:
        """Something else, or, now and then, what was asked under a key again."""
        if self.sent and self.chance(8):
            again = self.pick(self.sent)
            return Step(again.who, again.field, {**again.given, "clientMutationId": "again"}, again.key)
        who = None if self.chance(40) else self.pick(people)
        self._look(state)
        # Of several things that are wrong with a request, which is told is nobody's business: one is enough.
        self.trusted = who is None or who.has("EDITOR")
        # Most mutations need something to be written to.
        few = len(self.posts) < 2 or (not self.comments and self.chance(2))
        field = self.pick(("createPost", "addComment") if few else tuple(self._makers))
        given = self._makers[field](self)
        if self.chance(4):
            given["clientMutationId"] = self.pick(("mine", "", "\N{SNOWMAN}"))
        key = self.pick(KEYS) if self.chance(5) and who is not None else None
        step = Step(who, field, given, key)
        if key is not None:
            self.sent.append(step)
        return step

    def _look(self, state: State) -> None:
        self.posts, self.tags, self.comments = (
            _ids(kind, rows) for kind, rows in (("Post", state.posts), ("Tag", state.tags), ("Comment", state.comments))
        )
        self.users = [encode_id("User", one) for one in state.people]

    def _id(self, kind: str, ids: Sequence[str]) -> str:
        if self.trusted and self.chance(25):
            return self.pick(MALFORMED)
        # The newest first: what was just written is written again.
        return self.pick(ids[::-1]) if ids and not self.chance(12) else encode_id(kind, UNKNOWN)

    def _mostly(self, values: Sequence[Any]) -> Any:
        """One of those that are right, or, once in ten times, any."""
        return self.pick(values) if self.chance(10) else self.pick(values[:3])

    def _maybe(self, name: str, value: Callable[[], Any], of: int = 3) -> dict[str, Any]:
        return {name: value()} if self.chance(of) else {}

    def _names(self) -> list[str]:
        return [self._mostly(NAMES) if self.chance(3) else self.pick(NAMES[:7]) for _ in range(self.choices.below(4))]

    def _people(self) -> list[str]:
        return [self._id("User", self.users) for _ in range(1 + self.choices.below(2))]

    def _new_post(self) -> dict[str, Any]:
        pick = self.pick
        return {
            "title": self._mostly(TITLES),
            "body": pick(BODIES),
            **self._maybe("slug", lambda: self._mostly(SLUGS) if self.chance(2) else None),
            **self._maybe("summary", lambda: self._mostly(SUMMARIES)),
            **self._maybe("status", lambda: pick(("PUBLISHED", "PUBLISHED", "DRAFT", "ARCHIVED")), 2),
            **self._maybe("publishedAt", lambda: pick(DATES), 6),
            **self._maybe("canonicalUrl", lambda: self._mostly(ADDRESSES)),
            **self._maybe("tags", self._names, 2),
            **self._maybe("coAuthors", self._people),
        }

    def _edit(self) -> dict[str, Any]:
        return {
            **self._versioned(),
            **self._maybe("title", lambda: None if self.chance(12) else self._mostly(TITLES)),
            **self._maybe("body", lambda: None if self.chance(12) else self.pick(BODIES)),
            **self._maybe("slug", lambda: None if self.chance(12) else self._mostly(SLUGS)),
            **self._maybe("summary", lambda: self._mostly(SUMMARIES)),
            **self._maybe("canonicalUrl", lambda: self._mostly(ADDRESSES)),
            **self._maybe("tags", lambda: None if self.chance(6) else self._names()),
            **self._maybe("coAuthors", lambda: None if self.chance(6) else self._people()),
        }

    def _versioned(self) -> dict[str, Any]:
        expected = self._maybe("expectedVersion", lambda: self.pick((1, 1, 2, 3, None, 0, -1, 2**31 - 1)))
        return {"id": self._id("Post", self.posts), **expected}

    def _restored(self) -> dict[str, Any]:
        return {**self._versioned(), "version": self.pick((1, 1, 2, 3, 0))}

    def _policy(self) -> dict[str, Any]:
        return self._maybe("errorPolicy", lambda: self.pick(("SKIP_FAILED", "SKIP_FAILED", "ALL_OR_NOTHING")), 2)

    def _some(self, kind: str, ids: Sequence[str]) -> list[str]:
        return [self._id(kind, ids) for _ in range(self.choices.below(4))]

    def _many_posts(self) -> dict[str, Any]:
        return {"posts": [self._new_post() for _ in range(self.choices.below(4))], **self._policy()}

    def _many_ids(self) -> dict[str, Any]:
        return {"ids": self._some("Post", self.posts), **self._policy()}

    def _new_tag(self) -> dict[str, Any]:
        return {"name": self._mostly(NAMES), **self._tag_texts()}

    def _tag_edit(self) -> dict[str, Any]:
        name = self._maybe("name", lambda: None if self.chance(12) else self.pick(NAMES))
        return {"id": self._id("Tag", self.tags), **name, **self._tag_texts()}

    def _tag_texts(self) -> dict[str, Any]:
        slug = self._maybe("slug", lambda: None if self.chance(6) else self.pick(TAG_SLUGS))
        return {**slug, **self._maybe("description", lambda: self._mostly(DESCRIPTIONS))}

    def _merged(self) -> dict[str, Any]:
        return {"from": self._some("Tag", self.tags), "into": self._id("Tag", self.tags)}

    def _remark(self) -> dict[str, Any]:
        parent = self._maybe("parent", lambda: None if self.chance(6) else self._id("Comment", self.comments), 2)
        return {"post": self._id("Post", self.posts), "body": self._mostly(REMARKS), **parent}

    def _comment(self) -> dict[str, Any]:
        return {"id": self._id("Comment", self.comments)}

    def _moderated(self) -> dict[str, Any]:
        return {"ids": self._some("Comment", self.comments), "action": self.pick(("HIDE", "SHOW", "DELETE"))}

    _makers: Mapping[str, Callable[["Steps"], dict[str, Any]]] = {
        "createPost": _new_post,
        "updatePost": _edit,
        "publishPost": _versioned,
        "addComment": _remark,
        "createPosts": _many_posts,
        "publishPosts": _many_ids,
        "unpublishPost": _versioned,
        "archivePost": _versioned,
        "restoreRevision": _restored,
        "createTag": _new_tag,
        "updateTag": _tag_edit,
        "mergeTags": _merged,
        "deleteTag": lambda steps: {"id": steps._id("Tag", steps.tags)},
        "updateComment": lambda steps: {**steps._comment(), "body": steps._mostly(REMARKS)},
        "deleteComment": _comment,
        "moderateComments": _moderated,
        "deletePost": _versioned,
        "deletePosts": _many_ids,
    }


def _ids(kind: str, rows: Mapping[int, _Row]) -> list[str]:
    return [encode_id(kind, row.id) for row in rows.values() if row.id is not None]
