"""Documents that mean no good."""

import json
from collections.abc import Iterator

from tests.server.abuse import ANYTHING, REFUSED, Request, asked


def documents() -> Iterator[Request]:
    """Documents that are large, deep, wide, or full of fragments."""
    large, deep, costly, invalid = "QUERY_TOO_LARGE", "QUERY_TOO_DEEP", "QUERY_TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED"
    parse = "GRAPHQL_PARSE_FAILED"
    yield Request(
        "a document of 40 KB",
        json.dumps({"query": "{ __typename }" + " " * 40_000}).encode(),
        frozenset({large}),
        frozenset({413}),
    )
    yield Request(
        "a document of 900 KB", json.dumps({"query": "#" * 900_000}).encode(), frozenset({large}), frozenset({413})
    )
    yield asked("3,000 tokens", "{ " + "a " * 3_000 + "}", large)
    yield asked("30,000 commas and spaces", "{ __typename " + ", " * 15_000 + "}", None)
    yield asked("30,000 letters of a name", "{ " + "a" * 30_000 + " }", invalid)
    yield asked("30,000 letters of a comment", "{ __typename } #" + "x" * 30_000, None)
    yield asked("a string of 30,000 letters", '{ tag(slug: "' + "x" * 30_000 + '") { id } }', None, "BAD_USER_INPUT")
    yield asked("a block string of 30,000 lines", '{ tag(slug: """' + "\n " * 10_000 + '""") { id } }', None)
    yield asked("a number of 30,000 digits", "{ posts(first: " + "9" * 30_000 + ") { totalCount } }", *ANYTHING)
    yield asked("a fraction of 30,000 digits", "{ posts(first: 0." + "9" * 30_000 + ") { totalCount } }", *ANYTHING)
    yield asked("an exponent", "{ posts(first: 1e999999999) { totalCount } }", *ANYTHING)
    for opening, closing in (("{ a ", "}"), ("{ ... ", "}"), ("{ a(b: [", "]"), ("{ a(b: {c: ", "}")):
        start, inner = opening.split(" ", 1)[0], opening.split(" ", 1)[1]
        text = start + " " + inner * 900 + closing * 3
        yield asked(f"900 times {inner.strip()!r}", text, *REFUSED)
    yield asked("1,000 braces", "{a" * 660 + "}" * 660, deep, parse, large, invalid)
    yield asked("900 lists in lists", "{ a(b: " + "[" * 900 + "]" * 900 + ") }", *REFUSED)
    yield asked("900 objects in objects", "{ a(b: " + "{c:" * 600 + "1" + "}" * 600 + ") }", *REFUSED)
    yield asked(
        "variables of a type of lists", "query ($v: " + "[" * 900 + "Int" + "]" * 900 + ") { a(b: $v) }", *REFUSED
    )
    yield asked("a type that is 2,000 lists", "query ($v: " + "[" * 1_900 + ") { a }", *REFUSED)
    for levels in (12, 60, 200):
        yield asked(f"{levels} levels", _levels(levels), deep, costly, parse)
    yield asked(
        "introspection, 40 levels",
        "{ __schema { types " + "{ fields { type " * 20 + "{ name }" + " } }" * 20 + " } }",
        deep,
    )
    yield asked("inline fragments, 300 levels", "{ " + "... { " * 300 + "__typename" + " }" * 300 + " }", *ANYTHING)
    yield asked("31 aliases", "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }", large)
    yield asked("31 aliases by fragments", "{ ...F ...G } " + _aliases("F", 0, 16) + _aliases("G", 16, 32), large)
    yield asked("600 aliases", "{ " + " ".join(f"a{n}: __typename" for n in range(600)) + " }", large)
    yield asked("21 root fields", "{ " + " ".join(f"a{n}: rateLimit {{ limit }}" for n in range(21)) + " }", large)
    yield asked("51 copies", "{ " + "__typename " * 51 + "}", large)
    yield asked("copies in copies", "{ " + "posts { nodes { id } } " * 60 + "}", large)
    yield asked(
        "copies by a fragment", "{ " + "...F " * 60 + "} fragment F on Query { __typename __typename }", *ANYTHING
    )
    yield asked("51 directives", "{ __typename " + "@skip(if: false) " * 51 + "}", large, invalid)
    yield asked("600 unknown directives", "{ __typename " + "@no " * 600 + "}", large)
    yield asked("directives on variables", "query ($v: Int " + "@no " * 60 + ") { __typename }", large)
    yield asked("6 operations", " ".join(f"query Q{n} {{ __typename }}" for n in range(6)), large)
    yield asked("500 operations", " ".join(f"query Q{n} {{ a }}" for n in range(500)), large)
    yield asked("a fragment that spreads itself", "{ ...F } fragment F on Query { ...F }", invalid)
    yield asked("fragments in a ring", _ring(100), invalid)
    for times in (2, 10):
        yield asked(f"a bomb of fragments, by {times}", _bomb(25, times), large, *REFUSED)
        yield asked(f"a bomb of empty fragments, by {times}", _bomb(25, times, "__typename"), large, *REFUSED)
    yield asked("a bomb of inline fragments", _bomb(22, 2, "... on Query { __typename }"), large, *REFUSED)
    yield asked("a bomb that nobody spreads", "{ __typename } " + _bomb(25, 2).partition("}")[2], invalid, *REFUSED)
    yield asked(
        "150 fragments, each unused",
        "{ __typename } " + " ".join(f"fragment F{n} on Query {{ a }}" for n in range(150)),
        invalid,
    )
    yield asked("overlapping fields", _overlapping(40), *ANYTHING)
    yield asked("overlapping fields by fragments", _overlapping_fragments(40), *ANYTHING)
    yield asked(
        "overlapping arguments",
        "{ " + " ".join(f"posts(first: {n}) {{ totalCount }}" for n in range(49)) + "}",
        invalid,
        large,
    )
    yield asked("300 errors", "{ " + " ".join(f"no{n}" for n in range(300)) + " }", invalid, large)
    yield asked("a name that is nearly many others", "{ pos postss tagss usr usrs tg nod nodess serch " + "}", invalid)
    yield asked(
        "pages in pages in pages",
        "{ users(first: 100) { nodes { posts(first: 100) { nodes { comments(first: 100) { nodes { id } } } } } } }",
        costly,
    )
    yield asked(
        "pages by a variable",
        "query ($n: Int) { users(first: $n) { nodes { posts(first: $n) { nodes { id } } } } }",
        costly,
        variables={"n": 100},
    )
    yield asked(
        "pages by a default value",
        "query ($n: Int = 100) { users(first: $n) { nodes { posts(first: $n) { nodes { id } } } } }",
        costly,
    )
    yield asked("pages from the end", "{ users(last: 100) { nodes { posts(last: 100) { nodes { id } } } } }", costly)
    yield asked("a page of a thousand million", "{ posts(first: 1000000000) { nodes { id } } }", "BAD_USER_INPUT")
    yield asked("a page of less than nothing", "{ posts(first: -1) { nodes { id } } }", "BAD_USER_INPUT")
    yield asked(
        "251 ids", "query ($i: [ID!]!) { nodes(ids: $i) { id } }", "BAD_USER_INPUT", variables={"i": ["UG9zdDox"] * 251}
    )
    yield asked(
        "30,000 ids",
        "query ($i: [ID!]!) { nodes(ids: $i) { id } }",
        costly,
        large,
        variables={"i": ["x"] * 30_000},
    )
    yield asked(
        "251 tags",
        "query ($t: [String!]) { posts(where: {tagsAny: $t}) { totalCount } }",
        "BAD_USER_INPUT",
        variables={"t": [f"t{n}" for n in range(251)]},
    )
    yield asked(
        "a pattern for a search",
        "query ($q: String!) { search(query: $q) { totalCount } }",
        *ANYTHING,
        variables={"q": "(a|" * 5_000},
    )
    yield asked(
        "a search of 200 KB",
        "query ($q: String!) { search(query: $q) { totalCount } }",
        *ANYTHING,
        variables={"q": "a or " * 40_000},
    )
    yield asked(
        "a part of a title of 200 KB",
        "query ($q: String!) { posts(where: {titleContains: $q}) { totalCount } }",
        *ANYTHING,
        variables={"q": "%_" * 100_000},
    )
    yield asked("a name of an operation that is not there", "query A { __typename }", None)
    yield asked("a subscription", "subscription { posts { id } }", *REFUSED)
    yield asked("a schema", "type Query { a: Int } extend type Query { b: Int }", invalid, *REFUSED)
    yield asked("deferred fragments", "{ ... @defer { __typename } }", invalid)
    yield asked("no selection", "{ posts }", invalid)
    yield asked("nothing", "", parse, "BAD_REQUEST")
    yield asked("a NUL", "{ __typename \0 }", parse)
    yield asked("half of a surrogate pair", '{ tag(slug: "\\ud800") { id } }', *ANYTHING)
    yield asked("an escape that is none", '{ tag(slug: "\\u{110000}") { id } }', parse)
    yield asked("bidirectional overrides", "{ \u202e__typename }", parse)
    yield asked("a mark of byte order", "\ufeff{ __typename }", None, parse)


def _levels(number: int) -> str:
    return "{ posts(first: 1) { nodes { " + "next { " * number + "id" + " }" * number + " } } }"


def _aliases(name: str, start: int, end: int) -> str:
    return f"fragment {name} on Query {{ " + " ".join(f"a{n}: __typename" for n in range(start, end)) + " } "


def _ring(number: int) -> str:
    return "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % number} }}" for n in range(number))


def _bomb(levels: int, times: int, last: str = "posts { totalCount }") -> str:
    fragments = (f"fragment F{n} on Query {{ {f'...F{n + 1} ' * times} }}" for n in range(levels))
    return f"{{ ...F0 }} {' '.join(fragments)} fragment F{levels} on Query {{ {last} }}"


def _overlapping(number: int) -> str:
    return (
        "{ " + " ".join(f"posts {{ nodes {{ a{n % 20}: id author {{ b{n % 9}: id }} }} }}" for n in range(number)) + "}"
    )


def _overlapping_fragments(number: int) -> str:
    names = [f"F{n}" for n in range(number)]
    spread = " ".join(f"...{name}" for name in names)
    return f"{{ {spread} }} " + " ".join(f"fragment {name} on Query {{ posts {{ nodes {{ id }} }} }}" for name in names)
