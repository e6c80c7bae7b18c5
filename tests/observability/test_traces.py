"""Traces as a collector gets them."""

import subprocess
import sys
from typing import Any

import pytest

from core.errors import SettingsError
from core.settings import load_settings
from server.app import create_app
from server.observing import listeners
from server.observing.trace_context import Parent, Sampling
from tests.docs.documents import ROOT
from tests.fixtures.api import serving
from tests.fixtures.servers import settings_for
from tests.observability.collector import Collector, attributes, collecting

FEED = "query Feed { posts(first: 2) { nodes { title author { name } } } }"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def _collected(url: str, redis_url: str, body: dict[str, Any], headers: Any = None, **others: Any) -> Collector:
    """What is collected of one request."""
    with collecting() as collector:
        settings = settings_for(url, redis_url, otlp_endpoint=collector.url, **others)
        async with serving(settings) as api:
            await api.http.post("/graphql", json=body, headers=headers or {})
        return collector


async def test_an_operation_its_batches_and_their_statements_are_one_tree(url: str, redis_url: str) -> None:
    found = await _collected(url, redis_url, {"query": FEED})
    assert found.paths == {"/v1/traces"}
    assert found.resource["service.name"] == "broadsheet"
    root, *others = found.spans
    assert root.name == "query Feed"
    assert root.parent_span_id == b""
    assert {span.trace_id for span in found.spans} == {root.trace_id}
    told = attributes(root)
    assert (told["graphql.operation.type"], told["graphql.operation.name"]) == ("query", "Feed")
    assert (told["broadsheet.outcome"], told["broadsheet.statements"]) == ("ok", 2)
    batches = [span for span in others if span.name.startswith("load ")]
    statements = [span for span in others if span.name == "SELECT"]
    assert len(batches) == len(statements) == len(others) / 2 == 2
    for batch, statement in zip(batches, statements, strict=True):
        assert batch.parent_span_id == root.span_id
        assert statement.parent_span_id == batch.span_id
        assert root.start_time_unix_nano <= batch.start_time_unix_nano <= statement.start_time_unix_nano
        assert statement.end_time_unix_nano <= batch.end_time_unix_nano <= root.end_time_unix_nano
        assert attributes(statement)["db.system.name"] == "postgresql"
    assert [attributes(batch)["broadsheet.keys"] for batch in batches] == [1, 2]


async def test_calls_to_redis_are_a_part_of_it(url: str, redis_url: str) -> None:
    found = await _collected(url, redis_url, {"query": FEED}, cache=True)
    redis = [span for span in found.spans if attributes(span).get("db.system.name") == "redis"]
    assert {span.name for span in redis} == {"GET"}
    assert attributes(found.spans[0])["broadsheet.cache"] == "miss"


async def test_a_fault_of_ours_marks_the_span_and_a_wrong_request_does_not(
    url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = await _collected(url, redis_url, {"query": "{ nothing }"})
    assert refused.spans[0].status.code == 0
    assert attributes(refused.spans[0])["error.type"] == "GRAPHQL_VALIDATION_FAILED"

    async def failing(*_: object, **__: object) -> None:
        raise ValueError("marked-secret")

    monkeypatch.setattr("db.connections.Connections.fetch", failing)
    failed = await _collected(url, redis_url, {"query": FEED})
    assert failed.spans[0].status.code == 2
    assert attributes(failed.spans[0])["error.type"] == "INTERNAL_SERVER_ERROR"
    assert b"marked-secret" not in b"".join(failed.bodies)


async def test_a_caller_who_traces_is_followed(url: str, redis_url: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    found = await _collected(url, redis_url, {"query": FEED}, headers, trace_ratio=0)
    assert found.spans[0].trace_id.hex() == TRACE
    assert found.spans[0].parent_span_id.hex() == SPAN
    assert len(found.spans) == 5


async def test_a_caller_who_does_not_is_followed_too(url: str, redis_url: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-00"}
    assert (await _collected(url, redis_url, {"query": FEED}, headers)).bodies == []


async def test_a_caller_need_not_be_followed(url: str, redis_url: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    others = {"trace_ratio": 0, "trace_follows_caller": False}
    assert (await _collected(url, redis_url, {"query": FEED}, headers, **others)).bodies == []


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-holds", True),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        ("00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_traceparent_is_understood_or_passed_over(header: str | None, found: bool | None) -> None:
    parent = Parent.of(header)
    assert (None if parent is None else parent.sampled) == found
    if parent is not None:
        assert f"{parent.trace_id:032x}" == TRACE


def test_a_share_of_traces_is_sampled_and_the_same_ones_everywhere() -> None:
    ids = [(number * 0x9E3779B97F4A7C15) & ((1 << 64) - 1) for number in range(1, 2_001)]
    tenth, half = Sampling(0.1, follows=True), Sampling(0.5, follows=True)
    in_tenth = {one for one in ids if tenth.samples(one, None)}
    in_half = {one for one in ids if half.samples(one, None)}
    assert 150 < len(in_tenth) < 250
    assert 900 < len(in_half) < 1_100
    assert in_tenth < in_half
    assert not any(Sampling(0, follows=True).samples(one, None) for one in ids)
    assert all(Sampling(1, follows=True).samples(one, None) for one in ids)


async def test_a_collector_that_is_not_there_holds_up_nobody(
    url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.observing.otlp.CLOSING", 0.2)
    settings = settings_for(url, redis_url, otlp_endpoint="http://127.0.0.1:9")
    async with serving(settings) as api:
        for _ in range(3):
            await api.data(FEED)


def test_what_is_not_installed_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_SENDER", "server.observing.nothing_of_this_name")
    settings = settings_for("postgresql://nowhere/x", "redis://nowhere", otlp_endpoint="http://127.0.0.1:4318")
    with pytest.raises(SettingsError, match=r"broadsheet\[telemetry\]"):
        create_app(settings)


def test_nothing_of_opentelemetry_is_imported_where_it_is_not_wanted() -> None:
    code = """
import sys
from core.settings import load_settings
from server.app import create_app

key = "a:0123456789abcdefghijklmnopqrstuvwxyz"
create_app(load_settings(database_url="postgresql://a/b", redis_url="redis://a", token_keys=key))
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("endpoint", ["collector:4318", "ftp://a", "http://", "http://user:marked@a:4318"])
def test_an_endpoint_that_is_none_is_refused_and_not_repeated(endpoint: str) -> None:
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT") as error:
        load_settings(otlp_endpoint=endpoint)
    assert "marked" not in str(error.value)
