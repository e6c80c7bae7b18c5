"""The tables, one file an entity."""

from db.base import Base
from db.models.byline import PostCoauthor
from db.models.change import ChangeRecord
from db.models.comment import Comment
from db.models.event import EventLog, EventRecord
from db.models.idempotency import IdempotencyKey
from db.models.listing import PostListing
from db.models.plane import CachePlane
from db.models.post import Post
from db.models.revision import Revision
from db.models.session import Session
from db.models.source import PostSource
from db.models.tag import PostTag, Tag
from db.models.throttle import Throttle
from db.models.user import User

__all__ = [
    "Base",
    "CachePlane",
    "ChangeRecord",
    "Comment",
    "EventLog",
    "EventRecord",
    "IdempotencyKey",
    "Post",
    "PostCoauthor",
    "PostListing",
    "PostSource",
    "PostTag",
    "Revision",
    "Session",
    "Tag",
    "Throttle",
    "User",
]
