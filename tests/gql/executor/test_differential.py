"""Whatever is asked, the compiled executor answers what graphql-core answers: data, errors, and what it leaves.

Each example is about four operations: the query, and its plan with other variables. In `make prove` they are more than
20,000, which is counted.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from core.observation import observing
from core.viewer import Viewer
from gql.documents.document import Document
from gql.relay import paging
from tests.fixtures.budget import PROVE
from tests.fixtures.servers import NewDatabase
from tests.gql.executor.faults import faults, what_core_leaves
from tests.gql.executor.stage import SCHEMA, Stage, Stored, staged, variants
from tests.gql.executor.twins import Outcome, differences
from tests.model.examples import examples
from tests.model.queries import queries
from tests.model.relations import relation_fields

__all__ = ["what_core_leaves"]


@pytest.fixture(scope="module")
async def stage(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Stage]:
    async with staged((3, 5, 8, 11), new_database, redis_url) as stage:
        yield stage


async def _compared(
    stage: Stage, stored: Stored, document: Document, given_: dict[str, Any], viewer: Viewer
) -> Outcome:
    expected, found = await stage.twins.run(document, given_, stored.database, viewer)
    assert differences(expected, found) is None, differences(expected, found)
    return found


@examples(120)
@given(data=st.data())
async def test_any_query_is_answered_alike(data: st.DataObject, stage: Stage) -> None:
    stored = data.draw(st.sampled_from(stage.blogs))
    viewer = data.draw(st.sampled_from(stored.viewers))
    query = data.draw(queries(SCHEMA, stored.pool))
    document = stage.preparer.prepare(query.text)
    for given_ in variants(query):
        expected = await stage.twins.half(document, given_, stored.database, viewer, compiled=False)
        with observing() as counted:
            found = await stage.twins.half(document, given_, stored.database, viewer, compiled=True)
        assert differences(expected, found) is None, differences(expected, found)
        if found.result.errors is not None:
            # graphql-core gives up the siblings of what a null goes up from: they may not have been read.
            assert expected.context.session.tags <= found.context.session.tags
            continue
        assert counted.statements <= relation_fields(SCHEMA, query.text, given_)
        # What the answer depends on decides how long it is kept, and for whom.
        for name in ("tags", "keepable"):
            assert getattr(expected.context.session, name) == getattr(found.context.session, name)
        assert expected.context.found_types == found.context.found_types
        assert expected.context.asker.was_consulted == found.context.asker.was_consulted


@examples(120)
@given(data=st.data())
async def test_any_failure_is_told_alike(data: st.DataObject, stage: Stage) -> None:
    stored = data.draw(st.sampled_from(stage.blogs))
    viewer = data.draw(st.sampled_from(stored.viewers))
    query = data.draw(queries(SCHEMA, stored.pool))
    seed, one_in = data.draw(st.integers(0, 10_000)), data.draw(st.sampled_from((1, 2, 5, 9)))
    largest = data.draw(st.sampled_from((100, 100, 3)))
    document = stage.preparer.prepare(query.text)
    with pytest.MonkeyPatch.context() as patch, faults(seed, one_in):
        patch.setattr(paging, "LARGEST_SIZE", largest)  # so that arguments are refused, too
        for given_ in variants(query):
            found = await _compared(stage, stored, document, given_, viewer)
            event("failed" if found.result.errors else "well")


@pytest.mark.skipif(not PROVE, reason="`make prove` counts")
def test_they_were_more_than_twenty_thousand_operations(stage: Stage) -> None:
    print(f"\n{stage.twins.compared:,} operations by both executors")  # noqa: T201 - for whoever proves
    assert stage.twins.compared > 20_000
