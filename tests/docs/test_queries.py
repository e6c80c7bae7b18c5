"""Each query in the documents is sent to a server with the sample blog, and answered as shown."""

import json
from itertools import pairwise

import httpx
import pytest

from tests.docs.documents import Block, blocks_of, documents, sample_posts
from tests.docs.shortened import json_differs
from tests.fixtures.live import LiveServer


def _examples() -> list[tuple[Block, Block | None]]:
    """Each query, with the JSON that stands next in its file, if no other block is between."""
    found: list[tuple[Block, Block | None]] = []
    for path in (*documents(), *sample_posts()):
        for block, following in pairwise([*blocks_of(path), None]):
            if block is not None and block.language == "graphql":
                found.append((block, following if following is not None and following.language == "json" else None))
    return found


@pytest.mark.parametrize(("query", "shown"), [pytest.param(*example, id=str(example[0])) for example in _examples()])
def test_a_query_is_answered_as_shown(query: Block, shown: Block | None, live_server: LiveServer) -> None:
    answer = httpx.post(f"{live_server.url}/graphql", json={"query": query.text}).json()
    expected = json.loads(shown.text) if shown else None
    if expected is None or "errors" not in expected:
        assert "errors" not in answer, f"{query}: {answer['errors']}"
    if shown:
        assert json_differs(expected, answer) is None, f"{shown}, but the answer was {json.dumps(answer, indent=1)}"


def test_the_readme_shows_queries_with_answers() -> None:
    assert len([shown for query, shown in _examples() if query.file == "README.md" and shown]) >= 5
