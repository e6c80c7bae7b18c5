"""Lets requests in that the server has not let in: it may be another's, or leave this one to the application."""

from starlette.types import ASGIApp, Receive, Scope, Send

from server.overload.gate import PLACE, Gate
from server.overload.shed import shed


class Admission:
    """Hands a request on to `app` if there is a place for it; whoever surrounds this gives the place back."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if PLACE not in scope:
            requests = self._gate.requests
            if not requests.take():
                await shed(scope, send, requests.shed)
                return
            scope[PLACE] = True
        await self._app(scope, receive, send)
