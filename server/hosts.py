"""The names that the service answers to: a page of another site cannot make its own name lead here (DNS rebinding)."""

import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import BadRequestError
from server.wire.refusal import error_body

_NAME = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]*?)\.?(?::[0-9]*)?")
"""A host with its port; the dot of the root does not count."""

PROBES = frozenset({"/livez", "/readyz"})
"""Asked by the address of a process, whatever its names."""


class TrustedHosts:
    """Refuses requests to other names; `*.example.org` stands for all below example.org, `*` for any."""

    def __init__(self, app: ASGIApp, hosts: str) -> None:
        self.app = app
        self.hosts = [host.strip().lower() for host in hosts.split(",") if host.strip()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_probe = scope["type"] == "http" and scope["path"] in PROBES
        if is_probe or scope["type"] == "lifespan" or self._is_trusted(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        body = error_body(BadRequestError("The service does not answer to this name."))
        await JSONResponse(body, 400)(scope, receive, send)

    def _is_trusted(self, given: str) -> bool:
        found = _NAME.fullmatch(given.lower())
        if found is None:
            return "*" in self.hosts
        name = found[1]
        return any(host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:])) for host in self.hosts)
