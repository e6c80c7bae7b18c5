"""Random arguments for each field that takes some."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, get_named_type

from tests.model.choices import Choices
from tests.model.literals import Name
from tests.model.pool import Pool

CONNECTION_ORDERS = {
    "CommentConnection": "COMMENTED_AT",
    "UserConnection": "USERNAME",
    "TagConnection": "TAG_NAME",
    "RevisionConnection": "VERSION",
}
STATUSES = ("PUBLISHED", "DRAFT", "ARCHIVED")
ROLES = ("READER", "AUTHOR", "EDITOR", "ADMIN")
TYPICAL_PAGE = 6


class Arguments:
    """Chooses values for the arguments of a field; also estimates how many rows it then has."""

    def __init__(self, choices: Choices, pool: Pool) -> None:
        self.choices = choices
        self.pick, self.some, self.chance = choices.pick, choices.some, choices.chance
        self.pool = pool

    def of(  # noqa: PLR0911 - a table
        self, type_name: str, name: str, field: GraphQLField
    ) -> tuple[dict[str, Any], int]:
        """The arguments, and about how many rows the field answers."""
        if "after" in field.args:
            return self._page(field)
        match f"{type_name}.{name}":
            case "Query.node":
                return {"id": self.pick(self.pool.ids)}, 1
            case "Query.nodes":
                ids = self.some(self.pool.ids, 8)
                return {"ids": ids}, max(1, len(ids))
            case "Query.post":
                posts = [one for one in self.pool.ids if one.startswith("UG9zd")] or self.pool.ids[:0]
                by_id = bool(posts) and self.chance(2)
                return {"by": {"id": self.pick(posts)} if by_id else {"slug": self.pick(self.pool.slugs)}}, 1
            case "Query.tag":
                return {"slug": self.pick(self.pool.tag_slugs)}, 1
            case "Query.user":
                return {"username": self.pick(self.pool.usernames)}, 1
            case "Post.related":
                return ({"first": self.choices.below(6)} if self.chance(2) else {}), 3
        assert not field.args, f"no arguments are known for {type_name}.{name}"
        return {}, 2 if str(field.type).startswith("[") else 1

    def _page(self, field: GraphQLField) -> tuple[dict[str, Any], int]:
        given: dict[str, Any] = {}
        size = 20
        # Where blogs are compared, a page holds whole clusters, or one row: of half a cluster the other half would
        # still be read, while of a whole one all is known.
        sizes = (1, 4, 0, 20, 100) if self.pool.plain else (1, 2, 3, 4, 2, 3, 4, 0, 5, 20, 100)
        match self.pick(("first", "first", "last", "neither", "null")):
            case "first":
                given["first"] = size = self.pick(sizes)
            case "last" if "last" in field.args:
                given["last"] = size = self.pick(sizes)
            case "null":
                given["first"] = None
        order = self._order(field, given)
        cursors = self.pool.cursors.get(order, [])
        for name in ("after", "before"):
            if name in field.args and self.chance(8):
                given[name] = self.pick(cursors) if cursors and not self.chance(8) else None
        if "where" in field.args and self.chance(3):
            given["where"] = None if self.chance(8) else self.where()
        if "startsWith" in field.args and self.chance(2) and not self.pool.plain:
            given["startsWith"] = self.pick(self.pool.starts)
        if "role" in field.args and self.chance(2) and not self.pool.plain:
            given["role"] = [Name(role) for role in self.some(ROLES, 3)]
        return given, max(1, min(size, TYPICAL_PAGE))

    def _order(self, field: GraphQLField, given: dict[str, Any]) -> str:
        connection = get_named_type(field.type).name
        names = ("PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE")
        asked = "orderBy" in field.args and self.chance(2)
        if asked and self.chance(8):
            given["orderBy"] = None
        elif asked:
            name = self.pick(names if connection == "PostConnection" else ("CREATED_AT",))
            given["orderBy"] = {"field": Name(name)}
            if self.chance(2):
                given["orderBy"]["direction"] = Name(self.pick(("ASC", "DESC")))
            if connection == "PostConnection":
                return name
        return CONNECTION_ORDERS.get(connection, "PUBLISHED_AT")

    def where(self) -> dict[str, Any]:
        """Some conditions on posts."""
        pool = self.pool
        if pool.plain:
            return {"status": [Name("PUBLISHED")], "titleContains": "title"}
        makers: dict[str, Callable[[], Any]] = {
            "status": lambda: [Name(status) for status in self.some(STATUSES, 2)],
            "author": lambda: self.pick(pool.authors),
            "authorUsername": lambda: self.pick(pool.usernames),
            "tagsAny": lambda: self.some(pool.tag_slugs, 3),
            "tagsAll": lambda: self.some(pool.tag_slugs, 2),
            "publishedAt": lambda: {
                name: None if self.chance(6) else self.pick(pool.instants)
                for name in self.choices.different(("gte", "gt", "lte", "lt"), 0, 2)
            },
            "titleContains": lambda: self.pick(pool.parts),
        }
        names = self.choices.different(tuple(makers), 1, 2)
        return {name: None if self.chance(10) else makers[name]() for name in names}
