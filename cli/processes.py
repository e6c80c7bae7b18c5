"""The processes that serve: this one, or so many that it looks after, all on one socket."""

import resource
import socket
from functools import partial

import uvicorn
from rich.console import Console

from cli.workers import Workers, worker_app
from core.errors import ServiceError
from core.settings import Settings
from server.app import create_app
from server.http_protocol import bounded_protocol
from server.socket_protocol import SocketProtocol
from server.stopping import GracefulServer

_FILES = 65_536


class Front:
    """The socket that all serve on, and what is said when they do."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self._settings = settings
        self._console = console

    @property
    def drain_delay(self) -> float:
        """Seconds between saying that it is not ready and taking no connection any more."""
        return self._settings.drain_delay

    def bind(self) -> socket.socket:
        """Take the port.

        Raises:
            ServiceError: it cannot be had.

        """
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._settings.host, self._settings.port))
        except OSError as error:
            listening.close()
            raise ServiceError(
                f"port {self._settings.port} on {self._settings.host} cannot be had ({error.strerror}): "
                "set PORT to another, or stop what has it"
            ) from error
        return listening

    def tell(self, listening: socket.socket) -> None:
        """Say where it is served."""
        port = listening.getsockname()[1]
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        page = " (a browser gets GraphiQL)" if self._settings.graphiql else ""
        told = f"Broadsheet serves at http://{host}:{port}/graphql{page}; Ctrl-C ends it."
        self._console.print(told, highlight=False, soft_wrap=True)


def run(settings: Settings, workers: int, front: Front) -> None:
    """Serve until a signal ends it.

    Raises:
        ServiceError: the port cannot be had, or a process does not begin to serve.

    """
    listening = front.bind()
    _take_files()
    if workers == 1:
        _Server(_config(settings, create_app(settings)), front).run([listening])
        return
    # Another process makes the application anew, so only what makes it is handed over.
    config = _config(settings, partial(worker_app, settings), factory=True, workers=workers)
    supervisor = Workers(config, settings, listening, front.tell)
    supervisor.run()
    if supervisor.failed:
        raise ServiceError("a process did not begin to serve; the log above says why")


def _config(settings: Settings, app: object, *, factory: bool = False, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # its own type of an ASGI application is narrower
        factory=factory,
        workers=workers,
        http=bounded_protocol(settings),
        ws=SocketProtocol,
        ws_max_size=settings.max_message,
        ws_ping_interval=settings.stream_heartbeat,
        ws_ping_timeout=settings.stream_heartbeat,
        # It would cost more than all else that is done for a message.
        ws_per_message_deflate=False,
        timeout_keep_alive=max(1, round(settings.keep_alive_timeout)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies.strip()),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=int(settings.shutdown_timeout),
    )


def _take_files() -> None:
    """Let this process, and those that it starts, have as many connections as the system lets them."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class _Server(GracefulServer):
    """Tells where it serves."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config, front.drain_delay)
        self._front = front

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self._front.tell(sockets[0])
