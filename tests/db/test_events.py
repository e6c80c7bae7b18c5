"""What becomes an event, and what does not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.changes import Change, Kind
from core.viewer import ANONYMOUS, Viewer
from db.events import Event, PostNow, Stated, decoded, events_of, with_posts

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)
PUBLISHED, DRAFT, ARCHIVED = ({"status": status, "author_id": 7} for status in ("PUBLISHED", "DRAFT", "ARCHIVED"))
Card = dict[str, Any] | None


def _post(before: Card, after: Card, post_id: int | None = 1) -> Change:
    kind: Kind = "INSERT" if before is None else "DELETE" if after is None else "UPDATE"
    return Change("post", kind, post_id, before, after)


def _events(*changes: Change, xid: int = 5) -> list[Event]:
    return events_of([Stated(xid, NOW, change) for change in changes])


@pytest.mark.parametrize(
    ("changes", "kind", "public"),
    [
        ([(None, PUBLISHED)], "PUBLISHED", True),
        ([(None, DRAFT)], None, None),
        ([(DRAFT, PUBLISHED)], "PUBLISHED", True),
        ([(ARCHIVED, PUBLISHED)], "PUBLISHED", True),
        ([(PUBLISHED, PUBLISHED)], "UPDATED", True),
        ([(DRAFT, DRAFT)], "UPDATED", False),
        ([(DRAFT, ARCHIVED)], "UPDATED", False),
        ([(PUBLISHED, DRAFT)], "UNPUBLISHED", True),
        ([(PUBLISHED, ARCHIVED)], "UNPUBLISHED", True),
        ([(PUBLISHED, None)], "DELETED", True),
        ([(DRAFT, None)], "DELETED", False),
        ([(PUBLISHED, DRAFT), (DRAFT, PUBLISHED)], "UPDATED", True),
        ([(DRAFT, PUBLISHED), (PUBLISHED, DRAFT)], "UPDATED", False),
        ([(None, DRAFT), (DRAFT, PUBLISHED)], "PUBLISHED", True),
        ([(None, PUBLISHED), (PUBLISHED, None)], None, None),
        ([(PUBLISHED, DRAFT), (DRAFT, None)], "DELETED", True),
    ],
)
def test_a_transaction_is_one_event_of_a_post(
    changes: list[tuple[Card, Card]], kind: str | None, *, public: bool | None
) -> None:
    found = _events(*(_post(before, after) for before, after in changes))
    assert [(event.kind, event.is_public, event.post_id, event.author_ids) for event in found] == (
        [] if kind is None else [(kind, public, 1, [7])]
    )


def test_transactions_and_posts_stand_apart() -> None:
    changes = [(5, _post(None, PUBLISHED, 1)), (6, _post(DRAFT, DRAFT, 1)), (5, _post(None, PUBLISHED, 2))]
    found = events_of([Stated(xid, NOW, change) for xid, change in changes])
    assert [(event.xid, event.kind, event.post_id) for event in found] == [
        (5, "PUBLISHED", 1),
        (5, "PUBLISHED", 2),
        (6, "UPDATED", 1),
    ]


def test_a_byline_alone_is_an_update_as_public_as_the_post() -> None:
    card = {"user_id": 9, "position": 0}
    for status, public in (("PUBLISHED", True), ("DRAFT", False)):
        found = _events(Change("post_coauthor", "INSERT", 1, None, card))
        [event] = with_posts(found, {1: PostNow(status, [7, 9], ["figs"])})
        assert (event.kind, event.is_public, event.author_ids, event.tags) == ("UPDATED", public, [7, 9], ["figs"])


def test_a_draft_does_not_become_public_by_what_the_post_is_meanwhile() -> None:
    [event] = with_posts(_events(_post(DRAFT, DRAFT)), {1: PostNow("PUBLISHED", [7], [])})
    assert not event.is_public
    assert [event.may_be_told(viewer) for viewer in (ANONYMOUS, Viewer(8, "READER", 1), Viewer(7, "AUTHOR", 2))] == [
        False,
        False,
        True,
    ]
    assert event.may_be_told(Viewer(9, "EDITOR", 3))


def test_comments_are_as_public_as_their_post() -> None:
    card = {"post_id": 1, "status": "VISIBLE"}
    for posts, public in (
        ({1: PostNow("PUBLISHED", [7], [])}, [True]),
        ({1: PostNow("DRAFT", [7], [])}, [False]),
        ({}, []),
    ):
        found = with_posts(_events(Change("comment", "INSERT", 3, None, card)), posts)
        assert [event.is_public for event in found] == public
    hidden = Change("comment", "INSERT", 3, None, card | {"status": "HIDDEN"})
    edited = Change("comment", "UPDATE", 3, card, card, frozenset({"body"}))
    assert _events(hidden, edited) == []


def test_what_was_not_stated_row_by_row_is_a_gap() -> None:
    changes = [Change("post", "UPDATE", None), Change("comment", "INSERT", None), Change("user", "UPDATE", None)]
    changes += [
        Change("session", "DELETE", None),
        Change("session", "INSERT", None),
        Change("post_tag", "INSERT", None),
    ]
    assert [event.kind for event in _events(*changes)] == [
        "POSTS_GAP",
        "COMMENTS_GAP",
        "ROLE_CHANGED",
        "SESSION_ENDED",
    ]


def test_rights_that_change_are_events_too() -> None:
    user = Change("user", "UPDATE", 7, {"role": "READER"}, {"role": "EDITOR"}, frozenset({"role"}))
    named = Change("user", "UPDATE", 7, {"role": "READER"}, {"role": "READER"}, frozenset({"name"}))
    ended = Change(
        "session", "UPDATE", 3, {"user_id": 7}, {"user_id": 7, "revoked_at": "2026"}, frozenset({"revoked_at"})
    )
    gone = Change("session", "DELETE", 4, {"user_id": 7}, None)
    found = _events(user, named, ended, gone)
    assert [(event.kind, event.user_id, event.session_id, event.role) for event in found] == [
        ("ROLE_CHANGED", 7, None, "EDITOR"),
        ("SESSION_ENDED", 7, 3, None),
        ("SESSION_ENDED", 7, 4, None),
    ]


def test_an_event_is_the_same_after_its_way_through_redis() -> None:
    [event] = _events(_post(DRAFT, PUBLISHED))
    event.position, event.tags = 12, ["a", "ü"]
    assert decoded(event.encoded()) == event
    for nonsense in (b"", b"{}", b"[]", b"[1]", b"x"):
        with pytest.raises((ValueError, TypeError, LookupError)):
            decoded(nonsense)
