"""What the API shows of a model after a write: to whoever asks, what he may see, and nothing else."""

from typing import Any

from gql.relay.ids import encode_id
from tests.model.writes_state import Answer, Person, Post, Problem, State

ALL = "[DRAFT, PUBLISHED, ARCHIVED]"
READ = f"""
query ($slugs: [String!]) {{
  posts(first: 100, where: {{status: {ALL}}}) {{ totalCount nodes {{ ...Whole }} }}
  public: posts(first: 100) {{ totalCount nodes {{ slug }} }}
  tagged: posts(first: 100, where: {{status: {ALL}, tagsAny: $slugs}}) {{ totalCount }}
  tags(first: 100) {{ totalCount nodes {{
    slug name description postCount posts(first: 100, where: {{status: {ALL}}}) {{ totalCount nodes {{ slug }} }} }} }}
  users(first: 100) {{ nodes {{
    username postCount posts(first: 100, where: {{status: {ALL}}}) {{ totalCount nodes {{ slug }} }} }} }}
}}
fragment Whole on Post {{
  slug title summary body status version canonicalUrl publishedAt viewerCanUpdate commentCount
  author {{ username }} coAuthors {{ username }} tags {{ slug }}
  revisions(first: 100) {{ totalCount nodes {{ version title summary body editor {{ username }} }} }}
  comments(first: 100) {{ totalCount nodes {{ id status body parent {{ id }} author {{ username }} replyCount }} }}
}}"""


def _names(slugs: list[str]) -> list[dict[str, str]]:
    return [{"slug": slug} for slug in sorted(slugs)]


class Shown:
    """A model as one viewer sees it."""

    def __init__(self, state: State, me: Person | None) -> None:
        self.state = state
        self.me = me

    def everything(self) -> dict[str, Any]:
        """What READ answers; lists of posts, users and tags in the order of their slugs or names."""
        state = self.state
        seen = sorted((post for post in state.posts.values() if self._sees(post)), key=lambda post: post.slug)
        public = [post.slug for post in state.posts.values() if post.status == "PUBLISHED"]
        tags = sorted(state.tags.items(), key=lambda item: item[1].slug)
        people = sorted(state.people.values(), key=lambda person: person.username)
        return {
            "posts": {"totalCount": len(seen), "nodes": [self.post(post) for post in seen]},
            "public": {"totalCount": len(public), "nodes": _names(public)},
            "tagged": {"totalCount": sum(bool(post.tags) for post in seen)},
            "tags": {
                "totalCount": len(tags),
                "nodes": [
                    {"slug": tag.slug, "name": tag.name, "description": tag.description}
                    | self._list([post for post in seen if number in post.tags])
                    for number, tag in tags
                ],
            },
            "users": {
                "nodes": [
                    {"username": one.username} | self._list([post for post in seen if one.id in post.byline])
                    for one in people
                ]
            },
        }

    def post(self, post: Post) -> dict[str, Any]:
        state, text = self.state, post.text
        may = self._may_update(post)
        [number] = [number for number, one in state.posts.items() if one is post]
        texts = post.texts[::-1] if may else []
        comments = state.comments_on(number)
        return {
            "slug": post.slug,
            "title": text.title,
            "summary": text.summary or text.body,
            "body": text.body,
            "status": post.status,
            "version": post.version,
            "canonicalUrl": post.canonical_url,
            "publishedAt": post.published_at,
            "viewerCanUpdate": may,
            "commentCount": len(comments),
            "author": {"username": state.people[post.author].username},
            "coAuthors": [{"username": state.people[one].username} for one in post.co_authors],
            "tags": [{"slug": state.tags[one].slug} for one in post.tags],
            "revisions": {
                "totalCount": len(texts),
                "nodes": [
                    {"version": one.version, "title": one.title, "summary": one.summary or one.body, "body": one.body}
                    | {"editor": {"username": state.people[one.editor].username}}
                    for one in texts
                ],
            },
            "comments": {"totalCount": len(comments), "nodes": [self.comment(one) for one in comments]},
        }

    def comment(self, number: int) -> dict[str, Any]:
        comment, comments = self.state.comments[number], self.state.comments
        above = None if comment.parent is None else comments[comment.parent]
        return {
            "id": _id("Comment", comment.id),
            "status": comment.status,
            "body": comment.body if self._sees_text(comment.status) else None,
            "parent": None if above is None else {"id": _id("Comment", above.id)},
            "author": {"username": self.state.people[comment.author].username},
            "replyCount": sum(one.parent == number for one in comments.values()),
        }

    def payload(self, answer: Answer) -> dict[str, Any]:
        """The payload of a mutation, without its userErrors, the fields of all kinds of payloads together."""
        values = answer.values
        post = self._written_post(values)
        comment = self._seen_comment(values.get("comment"))
        tag = self.state.tags.get(values.get("tag", 0))
        comments = [self._seen_comment(one) for one in values.get("comments", ())]
        return {
            "post": post,
            "postEdge": None if post is None else {"node": post},
            "tag": None if tag is None else {"slug": tag.slug, "name": tag.name},
            "comment": comment,
            "commentEdge": None if comment is None else {"node": comment},
            "comments": [one for one in comments if one is not None],
            "deletedId": _deleted(values),
            "count": values.get("count", 0),
            "results": [
                {
                    "index": index,
                    "post": self._written_post(row.values),
                    "deletedId": _deleted(row.values),
                    "userErrors": [problem_shown(problem) for problem in row.problems],
                }
                for index, row in enumerate(answer.rows or ())
            ],
        }

    def _list(self, posts: list[Post]) -> dict[str, Any]:
        public = sum(post.status == "PUBLISHED" for post in posts)
        nodes = _names([post.slug for post in posts])
        return {"postCount": public, "posts": {"totalCount": len(posts), "nodes": nodes}}

    def _written_post(self, values: dict[str, Any]) -> dict[str, Any] | None:
        post = self.state.posts.get(values.get("post", 0))
        if post is None or not self._sees(post):
            return None
        return {"slug": post.slug, "version": post.version, "status": post.status}

    def _seen_comment(self, number: int | None) -> dict[str, Any] | None:
        comment = self.state.comments.get(number or 0)
        if comment is None or not self._sees(self.state.posts[comment.post]):
            return None
        text = comment.body if self._sees_text(comment.status) else None
        return {"status": comment.status, "body": text, "editedAt": "then" if comment.edited else None}

    def _sees(self, post: Post) -> bool:
        return self.state.readable(self.me, post)

    def _sees_text(self, status: str) -> bool:
        return status == "VISIBLE" or (self.me is not None and self.me.has("EDITOR"))

    def _may_update(self, post: Post) -> bool:
        me = self.me
        return me is not None and (me.has("EDITOR") or (me.id in post.byline and me.has("AUTHOR")))


def problem_shown(problem: Problem) -> dict[str, Any]:
    """One of userErrors, without its message and suggestion."""
    path = ["input", *map(str, problem.path)] if problem.path else None
    return {"code": problem.code, "field": path, **problem.told}


def _id(kind: str, row_id: int | None) -> str:
    assert row_id is not None
    return encode_id(kind, row_id)


def _deleted(values: dict[str, Any]) -> str | None:
    return encode_id(values.get("kind", "Post"), values["deleted"]) if values.get("deleted") else None
