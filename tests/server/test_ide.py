import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from server.ide import ide_assets, ide_page, wants_ide

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SCRIPT = b"console.log('GraphiQL')" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The folder that `make ide` leaves, with one asset in it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>GraphiQL</title>")
    (tmp_path / "assets" / "page-ABC.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "page-ABC.js.gz").write_bytes(gzip.compress(SCRIPT))
    return tmp_path


def client(static: Path) -> httpx.AsyncClient:
    """Talk to an app that mounts page and assets the way the server does."""

    def graphql(request: Request) -> Response:
        return ide_page(request, static) if wants_ide(request) else PlainTextResponse("an answer")

    app = Starlette(routes=[Mount("/graphql/ide", ide_assets(static)), Route("/graphql", graphql)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_a_browser_gets_the_page(built: Path) -> None:
    answer = await client(built).get("/graphql", headers={"Accept": BROWSER})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == "<title>GraphiQL</title>"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/graphql-response+json, application/json;q=0.9",
        "text/html;q=0.5, application/json",
        "application/json, text/html",
        "text/html;q=0",
        "text/html;q=nonsense",
    ],
)
async def test_a_client_that_does_not_prefer_html_gets_no_page(built: Path, accept: str) -> None:
    answer = await client(built).get("/graphql", headers={"Accept": accept})
    assert answer.text == "an answer"


async def test_html_before_json_gets_the_page(built: Path) -> None:
    accept = "application/json; q=0.8, TEXT/HTML"
    answer = await client(built).get("/graphql", headers={"Accept": accept})
    assert "GraphiQL" in answer.text


async def test_a_query_in_the_address_is_run_even_for_a_browser(built: Path) -> None:
    answer = await client(built).get("/graphql?query={viewer{id}}", headers={"Accept": BROWSER})
    assert answer.text == "an answer"


def test_a_post_never_gets_the_page() -> None:
    scope = {"type": "http", "method": "POST", "query_string": b"", "headers": [(b"accept", BROWSER.encode())]}
    assert not wants_ide(Request(scope))
    assert wants_ide(Request(scope | {"method": "GET"}))


async def test_the_page_may_load_nothing_from_elsewhere_and_run_no_inline_script(built: Path) -> None:
    headers = (await client(built).get("/graphql", headers={"Accept": BROWSER})).headers
    policy = {
        name: set(sources)
        for name, *sources in (part.split() for part in headers["content-security-policy"].split(";"))
    }
    assert policy == {
        "default-src": {"'none'"},
        "script-src": {"'self'"},
        "worker-src": {"'self'"},
        "connect-src": {"'self'"},
        "img-src": {"'self'", "data:"},
        "font-src": {"'self'", "data:"},
        "style-src": {"'self'", "'unsafe-inline'"},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
        "frame-ancestors": {"'none'"},
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_the_page_is_revalidated_and_kept_apart_from_answers(built: Path) -> None:
    headers = (await client(built).get("/graphql", headers={"Accept": BROWSER})).headers
    assert headers["cache-control"] == "no-cache"
    assert headers["vary"] == "Accept"


async def test_without_the_build_the_page_says_what_to_run(tmp_path: Path) -> None:
    answer = await client(tmp_path).get("/graphql", headers={"Accept": BROWSER})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "make ide" in answer.text


async def test_without_the_build_an_asset_is_not_found(tmp_path: Path) -> None:
    answer = await client(tmp_path / "absent").get("/graphql/ide/page-ABC.js")
    assert answer.status_code == 404


async def test_an_asset_is_cached_for_good(built: Path) -> None:
    answer = await client(built).get("/graphql/ide/page-ABC.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_asset_that_does_not_exist_is_not_cached(built: Path) -> None:
    answer = await client(built).get("/graphql/ide/page-OLD.js")
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers


async def test_a_worker_may_ask_for_nothing(built: Path) -> None:
    answer = await client(built).get("/graphql/ide/page-ABC.js")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, br", "gzip"), ("gzip;q=0", None), ("identity", None), ("", None)]
)
async def test_an_asset_comes_compressed_to_whoever_accepts_it(
    built: Path, accepted: str, encoding: str | None
) -> None:
    answer = await client(built).get("/graphql/ide/page-ABC.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == SCRIPT
    assert (int(answer.headers["content-length"]) < len(SCRIPT)) == (encoding == "gzip")


async def test_an_asset_that_the_browser_has_is_not_sent_again(built: Path) -> None:
    async with client(built) as browser:
        first = await browser.get("/graphql/ide/page-ABC.js")
        again = await browser.get("/graphql/ide/page-ABC.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


async def test_only_assets_are_served(built: Path) -> None:
    for path in ("../index.html", "%2e%2e/index.html", "..%2findex.html", ""):
        answer = await client(built).get(f"/graphql/ide/{path}")
        assert answer.status_code == 404, path
