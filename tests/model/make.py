"""Small blogs by seed: with equal dates and titles, drafts, hidden comments, and letters of all kinds."""

from datetime import UTC, datetime, timedelta
from random import Random

from tests.model.blog import Blog, CoAuthor, Comment, Post, PostTag, Revision, Session, Tag, User
from tests.model.lists import lower

WORDS = (
    "kiwi",
    "Mango",
    "PAPAYA",
    "lemon",
    "Éclair",
    "straße",
    "ΣΟΦΟΣ",
    "İzmir",
    "50%",
    "a_b",
    "back\\slash",
    "o'clock",
)
PLAIN_WORDS = ("kiwi", "mango", "papaya", "lemon")
"""Words that a search finds as they are, whatever the stemmer thinks of them."""

_START = datetime(2024, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
INSTANTS = [
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    *(_START + timedelta(days=days, microseconds=days % 2) for days in range(6)),
    datetime(2101, 1, 1, tzinfo=UTC),
]
"""Few, so that many rows have the same."""


def made(seed: int) -> Blog:
    """A blog of up to a dozen posts; the same for the same seed."""
    return _Maker(Random(seed)).blog()


def session_of(user_id: int, user_agent: str | None = None) -> Session:
    """A session of a user, under a token that nobody has."""
    secret = f"of {user_id}".encode()
    return Session(
        user_id + 100, user_id, INSTANTS[1], INSTANTS[2], INSTANTS[-1], secret, secret, user_agent=user_agent
    )


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random

    def blog(self) -> Blog:
        pick = self.random
        blog = Blog()
        blog.users = [self.user(key) for key in self.ids(pick.randint(2, 6))]
        blog.tags = self.tags(pick.choice((0, 1, 3, 6, 6, 6)))
        posts = pick.choice((0, 1, 4, 8, 12, 12, 12, 12))
        blog.posts = [self.post(key, pick.choice(blog.users).id) for key in self.ids(posts)]
        for post in blog.posts:
            self.link(blog, post)
        blog.comments = self.comments(blog, pick.choice((0, 2, 25, 40, 40))) if posts else []
        blog.revisions = [
            Revision(key, post.id, 1, post.created_at, pick.choice((None, post.author_id)), "old", "old", "old")
            for key, post in zip(self.ids(len(blog.posts)), blog.posts, strict=True)
            if pick.random() < 0.5
        ]
        blog.sessions = [session_of(user.id) for user in blog.users if user.email]
        return blog

    def ids(self, number: int) -> list[int]:
        """Not in the order of anything else."""
        return self.random.sample(range(1, 5 * number + 1), number)

    def text(self, words: int) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(words))

    def maybe(self, value: str) -> str | None:
        return value if self.random.random() < 0.5 else None

    def user(self, key: int) -> User:
        pick = self.random
        email = self.maybe(f"secret{key}@example.org")
        bio = self.maybe(self.text(3))
        return User(
            id=key,
            username=f"{pick.choice('aAbB')}{pick.choice('._-x')}{key}",
            name=self.text(2),
            created_at=pick.choice(INSTANTS),
            email=email,
            password_hash=email and self.maybe("secret"),
            bio=bio,
            bio_html=bio and f"<p>{bio}</p>",
            url=self.maybe("https://example.org/"),
            role=pick.choice(("READER", "AUTHOR", "AUTHOR", "EDITOR", "ADMIN")),
        )

    def tags(self, number: int) -> list[Tag]:
        names: dict[str, str] = {}
        while len(names) < number:
            name = self.text(self.random.randint(1, 2))
            names.setdefault(lower(name), name)
        return [
            Tag(key, f"{self.random.choice('xyz')}-{key}", name, self.maybe("about it"))
            for key, name in zip(self.ids(number), names.values(), strict=True)
        ]

    def title(self) -> str:
        pick = self.random
        start = self.text(pick.choice((1, 1, 2, 5)))
        # Those that differ after their hundredth letter come in the order of their ids.
        return (start.ljust(100, "x")[:100] + pick.choice("abAB")) if pick.random() < 0.2 else start

    def post(self, key: int, author_id: int) -> Post:
        pick = self.random
        status = pick.choice(("DRAFT", "ARCHIVED", *["PUBLISHED"] * 5))
        body = self.text(pick.choice((0, 3, 12)))
        return Post(
            id=key,
            slug=f"{pick.choice('abc')}-{key}",
            title=self.title(),
            author_id=author_id,
            created_at=pick.choice(INSTANTS),
            updated_at=pick.choice(INSTANTS),
            published_at=None if status == "DRAFT" and pick.random() < 0.5 else pick.choice(INSTANTS),
            status=status,
            summary=pick.choice((None, "", self.text(4))),
            excerpt=body[:20],
            body=body,
            body_html=f"<p>{body}</p>",
            body_text=body,
            word_count=pick.choice((0, 1, 230, 231, 5000)),
            canonical_url=self.maybe("https://example.org/first"),
            version=pick.randint(1, 3),
        )

    def link(self, blog: Blog, post: Post) -> None:
        pick = self.random
        others = [user.id for user in blog.users if user.id != post.author_id]
        for user_id in pick.sample(others, pick.randint(0, min(3, len(others)))):
            blog.co_authors.append(CoAuthor(post.id, user_id, pick.randint(0, 3)))
        for tag in pick.sample(blog.tags, pick.randint(0, min(4, len(blog.tags)))):
            blog.post_tags.append(PostTag(post.id, tag.id, pick.randint(0, 3)))

    def comments(self, blog: Blog, number: int) -> list[Comment]:
        pick, made = self.random, list[Comment]()
        for key in sorted(self.ids(number)):
            post = pick.choice(blog.posts)
            above = [c.id for c in made if c.post_id == post.id]
            edited = pick.choice(INSTANTS) if pick.random() < 0.3 else None
            made.append(
                Comment(
                    id=key,
                    post_id=post.id,
                    author_id=pick.choice(blog.users).id,
                    created_at=pick.choice(INSTANTS),
                    parent_id=pick.choice(above) if above and pick.random() < 0.6 else None,
                    body=self.text(2),
                    body_html="<p>said</p>",
                    status=pick.choice(("VISIBLE", "VISIBLE", "HIDDEN", "DELETED")),
                    edited_at=edited,
                )
            )
        return made
