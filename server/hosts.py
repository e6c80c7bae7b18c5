"""The names that the service answers to: a page of another site cannot make its own name lead here (DNS rebinding)."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import BadRequestError
from server.wire.refusal import error_body


class TrustedHosts:
    """Refuses requests to other names; `*.example.org` stands for all below example.org, `*` for any."""

    def __init__(self, app: ASGIApp, hosts: str) -> None:
        self.app = app
        self.hosts = [host.strip().lower() for host in hosts.split(",") if host.strip()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or self._is_trusted(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
            return
        body = error_body(BadRequestError("The service does not answer to this name."))
        await JSONResponse(body, 400)(scope, receive, send)

    def _is_trusted(self, given: str) -> bool:
        name = given.lower().removesuffix(".") if given.startswith("[") else given.lower().partition(":")[0]
        name = name.rpartition("]")[0] + "]" if name.startswith("[") else name
        return any(host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:])) for host in self.hosts)
