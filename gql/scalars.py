"""Scalars of our own, beside GraphQL's."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Markdown = NewType("Markdown", str)
HTML = NewType("HTML", str)


def _parse_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    # What graphql-core may show: any other exception would be taken for a fault of ours.
    raise GraphQLError("A DateTime is a string with date, time and offset, such as 2026-01-31T12:00:00Z.")


def instant_text(value: datetime) -> str:
    """An instant as it is answered. The encoder of JSON writes one that is in UTC the same way."""
    return value.astimezone(UTC).isoformat()


def plain_text(value: object) -> str:
    """A text, which is answered as it is."""
    if not isinstance(value, str):
        raise GraphQLError("This scalar is a string.")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, ISO 8601 with offset; always answered in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=instant_text,
        parse_value=_parse_instant,
    ),
    Markdown: strawberry.scalar(
        name="Markdown",
        description="CommonMark with tables, footnotes and task lists.",
        serialize=plain_text,
        parse_value=plain_text,
    ),
    HTML: strawberry.scalar(
        name="HTML",
        description="Sanitised HTML, safe to insert into a page.",
        serialize=plain_text,
        parse_value=plain_text,
    ),
}
