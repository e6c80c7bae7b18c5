"""GraphQL over WebSocket, by graphql-transport-ws (https://github.com/enisdenjo/graphql-ws, PROTOCOL.md)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from server.overload.shed import shed_socket
from server.wire.live import Live
from server.wire.messages import close
from server.wire.socket import Socket

PROTOCOL = "graphql-transport-ws"


class Sockets:
    """Serves sockets, each by a `Socket`."""

    def __init__(self, live: Live) -> None:
        self._live = live
        origins = live.settings.cors_origins
        self._origins = {origin.strip() for origin in origins.split(",") if origin.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one."""
        message = await receive()
        if message["type"] != "websocket.connect":
            return
        if not self._live.gate.takes_sockets:
            await shed_socket(scope, send, self._live.gate.requests.shed)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._may_come(headers):
            await send({"type": "websocket.close", "code": 1008})
            return
        spoken = PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
        if not spoken:
            await close(send, 4406, "Subprotocol not acceptable")
        elif self._live.running >= self._live.settings.max_streams:
            await close(send, 1013, "The service is busy; try again later")
        else:
            self._live.running += 1
            try:
                await Socket(self._live, scope, headers, receive, send).serve()
            finally:
                self._live.running -= 1

    def _may_come(self, headers: Mapping[bytes, str]) -> bool:
        """A page of another origin may only where the settings let it: browsers ask nobody else about sockets."""
        origin = headers.get(b"origin")
        if origin is None or origin in self._origins or "*" in self._origins:
            return True
        return urlsplit(origin).netloc.lower() == headers.get(b"host", "").lower()
