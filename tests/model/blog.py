"""A blog as plain lists: what the database holds, without the database."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    name: str
    created_at: datetime
    email: str | None = None
    password_hash: str | None = None
    bio: str | None = None
    bio_html: str | None = None
    url: str | None = None
    role: str = "AUTHOR"


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    slug: str
    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    id: int
    slug: str
    title: str
    author_id: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    status: str = "PUBLISHED"
    summary: str | None = None
    excerpt: str = ""
    body: str = ""
    body_html: str = ""
    body_text: str = ""
    word_count: int = 0
    canonical_url: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class PostTag:
    post_id: int
    tag_id: int
    position: int


@dataclass(frozen=True, slots=True)
class CoAuthor:
    post_id: int
    user_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    post_id: int
    author_id: int
    created_at: datetime
    parent_id: int | None = None
    body: str = ""
    body_html: str = ""
    status: str = "VISIBLE"
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    id: int
    post_id: int
    version: int
    created_at: datetime
    editor_id: int | None = None
    title: str = ""
    summary: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    user_id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    family_hash: bytes
    token_hash: bytes
    revoked_at: datetime | None = None
    user_agent: str | None = None


@dataclass(slots=True)
class Blog:
    users: list[User] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    post_tags: list[PostTag] = field(default_factory=list)
    co_authors: list[CoAuthor] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
