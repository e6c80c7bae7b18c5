"""Search, and what it adds to a connection: scores and highlights."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from db.reads.post_filter import PostFilter as FilterOfPosts
from db.reads.search import HIGHLIGHTED
from gql.context import Context
from gql.directives import PAGE_SIZE, Cost
from gql.fields import Selected, computed, loaded
from gql.given import ABSENT, given
from gql.lookups import Found, looked_up
from gql.posts.inputs import PostFilter, filter_of
from gql.references import PostType
from gql.relay.connection import CountOnly, PageInfo, edges_of, row_columns, rows_of, wants_rows
from gql.relay.cursors import encode_cursor
from gql.relay.paging import After, First, Paging
from gql.scalars import HTML
from gql.text import stored_text

ORDER = "SCORE"


@strawberry.type(description="An excerpt in which the words that were found stand in <mark>.")
class Highlight:
    """Stands for a db.reads.search.Highlight."""

    field: str = strawberry.field(description=f"Which field the excerpt is from: {', '.join(HIGHLIGHTED)}.")
    html: HTML = strawberry.field(description="The excerpt, safe to insert into a page.")


@strawberry.type(description="A post that was found.")
class SearchEdge:
    """Stands for an EdgeRow whose node is a FoundRow."""

    cursor: str = computed(
        lambda edge: encode_cursor(edge.order, edge.sort_key), "The place, for `after` of the same search.", needs=()
    )
    node: PostType = strawberry.field(description="The post.")
    score: float = computed(
        lambda edge: edge.sort_key[0], "How well it fits; compares within one search only.", needs=()
    )
    highlights: list[Highlight] = computed(lambda edge: edge.node.highlights(), "Where it was found.", needs=())


@strawberry.type(description="A page of what a search found.")
class SearchConnection:
    """Stands for a LoadedPage of FoundRows."""

    edges: list[SearchEdge] = computed(edges_of, "The posts with their places, scores and excerpts.", needs=())
    nodes: list[PostType] = computed(rows_of, "The posts.", needs=())
    page_info: PageInfo = computed(lambda p: p, "What lies around the page.", needs=())
    total_count: int = loaded(
        lambda p: (p.counts(), p.key), "How many posts fit altogether; counted only when asked for."
    )


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """What to search for, and which page of what is found."""

    text: str
    paging: Paging
    where: FilterOfPosts


def search_asked(
    query: Annotated[
        str, strawberry.argument(description='What to search for: words, "a phrase", `or`, and -words to leave out.')
    ],
    first: First = ABSENT,
    after: After = ABSENT,
    where: Annotated[PostFilter | None, strawberry.argument(description="Conditions on what may be found.")] = ABSENT,
) -> SearchAsked:
    """The arguments of the search."""
    return SearchAsked(stored_text(query, "query"), Paging(first, after, None, None), filter_of(given(where)))


def _search(context: Context, asked: SearchAsked, selected: Selected) -> Found:
    selection, pages = selected(), context.loaders.posts.search
    args = asked.paging.args(ORDER, selection)
    if not wants_rows(selection):
        return CountOnly(ORDER, partial(pages.count, asked.where)), asked.text
    highlighted = "highlights" in selection.under("edges").fields
    return pages.page(asked.where, args, row_columns(selection), highlighted=highlighted), asked.text


SEARCH = looked_up(
    _search,
    search_asked,
    "Full text over title, summary and body of published posts, best first; the syntax of web search engines.",
    directives=[PAGE_SIZE, Cost(weight="5")],
)
