"""graphql-core's own execution tests pass by the compiled executor, but for those that docs/executor.md explains."""

import re

import pytest

from tests.fixtures.budget import PROVE
from tests.gql.executor.core_suite import ROOT, at_hand, figures, run

ROW = re.compile(r"^\| (?P<tests>`test_\w+: .+?) \| (?P<what>.+?) \| (?P<clause>.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+: \w+)`")
CLAUSE = re.compile(r"^6\.\d(\.\d)?, [A-Z][\w -]+: \w.{20,}")


def _explained() -> list[str]:
    rows = ROW.findall((ROOT / "docs" / "executor.md").read_text())
    return [name for tests, _, _ in rows for name in TEST.findall(tests)]


def test_each_difference_is_told_once_and_names_the_section_that_allows_it() -> None:
    rows = ROW.findall((ROOT / "docs" / "executor.md").read_text())
    assert len(rows) == 7
    assert all(CLAUSE.match(clause) for _, _, clause in rows)
    assert len(_explained()) == len({*_explained()}) == 21


@pytest.mark.skipif(not (PROVE and at_hand()), reason="`make prove` fetches graphql-core's tests, and runs them")
def test_its_own_tests_pass_but_for_those_that_are_explained() -> None:
    ended = run()
    print(f"\n{figures(ended)}")  # noqa: T201 - for whoever proves
    assert {one.test for one in ended if one.outcome == "failed"} == {*_explained()}
    assert {one.way for one in ended if one.outcome == "failed"} == {"compiled"}
    compiled = [one for one in ended if one.way == "compiled"]
    assert len(compiled) > 150
