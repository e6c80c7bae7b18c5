"""Each query in the documents is sent to a server with the sample blog, and answered as shown."""

import json
from itertools import pairwise

import httpx
import pytest
from graphql import (
    FragmentDefinitionNode,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from tests.docs.documents import Block, blocks_of, documents, sample_posts
from tests.docs.shortened import json_differs
from tests.docs.test_stories import STORIES
from tests.fixtures.live import LiveServer
from tests.model.read import committed_schema


def _examples() -> list[tuple[Block, Block | None]]:
    """Each query, with the JSON that stands next in its file, if no other block is between."""
    found: list[tuple[Block, Block | None]] = []
    for path in (*documents(), *sample_posts()):
        if path.name in STORIES:
            continue
        for block, following in pairwise([*blocks_of(path), None]):
            if block is not None and block.language == "graphql" and _is_sent(block):
                found.append((block, following if following is not None and following.language == "json" else None))
    return found


def _is_sent(block: Block) -> bool:
    """Whether a block is a request: not fragments, and not what is answered again and again."""
    return not _is_fragment(block) and not _is_subscription(block)


def _is_subscription(block: Block) -> bool:
    found = [one for one in parse(block.text).definitions if isinstance(one, OperationDefinitionNode)]
    return any(one.operation is OperationType.SUBSCRIPTION for one in found)


def _is_fragment(block: Block) -> bool:
    """Whether a block holds only fragments, for queries of the reader's own."""
    return all(isinstance(one, FragmentDefinitionNode) for one in parse(block.text).definitions)


def test_fragments_fit_the_schema() -> None:
    blocks = [block for path in documents() for block in blocks_of(path) if block.language == "graphql"]
    fragments = [block for block in blocks if _is_fragment(block)]
    assert fragments
    rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
    for block in fragments:
        assert validate(committed_schema(), parse(block.text), rules) == []


def test_subscriptions_fit_the_schema() -> None:
    blocks = [block for path in documents() for block in blocks_of(path) if block.language == "graphql"]
    subscriptions = [block for block in blocks if _is_subscription(block)]
    assert subscriptions
    for block in subscriptions:
        assert validate(committed_schema(), parse(block.text)) == []


@pytest.mark.parametrize(("query", "shown"), [pytest.param(*example, id=str(example[0])) for example in _examples()])
def test_a_query_is_answered_as_shown(query: Block, shown: Block | None, live_server: LiveServer) -> None:
    answer = httpx.post(f"{live_server.url}/graphql", json={"query": query.text}, timeout=60).json()
    expected = json.loads(shown.text) if shown else None
    if expected is None or "errors" not in expected:
        assert "errors" not in answer, f"{query}: {answer['errors']}"
    if shown:
        assert json_differs(expected, answer) is None, f"{shown}, but the answer was {json.dumps(answer, indent=1)}"


def test_the_readme_shows_queries_with_answers() -> None:
    assert len([shown for query, shown in _examples() if query.file == "README.md" and shown]) >= 5
