"""Lets browsers have the page where clients have the API, at one address."""

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from server.ide.page import ide_page, wants_ide


class IdeInFront:
    """Answers a browser's GET of `path` with the page, and hands on everything else."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app = app
        self.path = path

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection."""
        if scope["type"] == "http" and scope["method"] != "POST" and scope["path"] == self.path:
            request = Request(scope)
            if wants_ide(request):
                return ide_page(request)(scope, receive, send)
        return self.app(scope, receive, send)
