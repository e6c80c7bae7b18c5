"""Serving GraphiQL: the page, its assets, and the decision who gets it.

`make ide` builds both into `static/`. The names of the assets carry a hash of their content, so they may be cached
for good; the page, which names them, is asked for anew each time.
"""

from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

_STATIC: Final = Path(__file__).parent / "static"

# Monaco writes style attributes and elements, hence 'unsafe-inline' there; nothing else is let in.
# `connect-src 'self'` covers the WebSocket of subscriptions, too: CSP Level 3 lets 'self' match ws: and wss:.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}
_ASSET_HEADERS: Final = {
    # A worker obeys the policy of its own response, not that of the page: these need no requests at all.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}
_MEDIA_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

_MISSING: Final = (
    "<!doctype html><title>GraphiQL is not built</title>"
    "<p>GraphiQL is not built: run <code>make ide</code>, then reload this page. "
    "The API works without it: POST a query to this address."
)


def wants_ide(request: Request) -> bool:
    """Whether a browser asks for a page to read: HTML goes before JSON in `Accept`, and there is no query to run."""
    if request.method not in {"GET", "HEAD"} or "query" in request.query_params:
        return False
    quality = _qualities(request.headers.get("accept", ""))
    json = (value for media_type, value in quality.items() if media_type.endswith("json"))
    return quality.get("text/html", 0.0) > max(json, default=0.0)


def ide_page(request: Request, static: Path = _STATIC) -> HTMLResponse:  # noqa: ARG001 - an endpoint takes the request
    """Answer the page; where it was never built, 503 and what to do about it."""
    try:
        html = (static / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        return HTMLResponse(_MISSING, status_code=503, headers=_PAGE_HEADERS | {"Cache-Control": "no-store"})
    return HTMLResponse(html, headers=_PAGE_HEADERS)


def ide_assets(static: Path = _STATIC) -> ASGIApp:
    """Make the app that serves the scripts, styles and workers; mount it at `/graphql/ide`."""
    return _Assets(directory=static / "assets", check_dir=False)


class _Assets(StaticFiles):
    """Files that never change, each in the compressed copy that the build laid beside it, where gzip is accepted."""

    async def check_config(self) -> None:
        """Let the folder be absent: every asset is a 404 then, and the page says what to do."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepted = _qualities(Headers(scope=scope).get("accept-encoding", ""))
        packed = accepted.get("gzip", 0.0) > 0
        response = await super().get_response(f"{path}.gz" if packed else path, scope)
        response.headers.update(_ASSET_HEADERS)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        # The table of media types differs between machines, and a browser runs no script of another type.
        media_type = _MEDIA_TYPES.get(Path(path).suffix)
        if media_type and "Content-Type" in response.headers:
            response.headers["Content-Type"] = media_type
        return response


def _qualities(header: str) -> dict[str, float]:
    """Read `text/html, application/json;q=0.9`: each name with its weight, 0 to 1 (RFC 9110, 12.4.2)."""
    found = {}
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weights = [value for key, _, value in (p.partition("=") for p in parameters) if key == "q"]
        try:
            found[name] = float(weights[0]) if weights else 1.0
        except ValueError:
            found[name] = 0.0
    return found
