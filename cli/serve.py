import asyncio
import signal
import socket
from types import FrameType

import uvicorn
from rich.console import Console

from cli.database import opened_database
from cli.servers import servers
from cli.token_key import with_token_key
from content.sample import fill_empty
from core.collector import spare_what_stays
from core.errors import ServiceError
from core.logs import configure_logs
from core.settings import Settings, load_settings
from server.app import create_app
from server.http_protocol import bounded_protocol


def serve() -> None:
    """Serve the API, and the GraphiQL explorer for browsers, until Ctrl-C or SIGTERM.

    In development it also migrates the database, and fills an empty one with a small sample.
    """
    settings = load_settings()
    configure_logs(settings)
    console = Console()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with servers(settings, own=True, redis=True) as settings:
            asyncio.run(_prepare(settings))
            _Server(_config(with_token_key(settings)), settings, console).run()
            # Whoever asks again has been heard: what was started is stopped in peace.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
    except KeyboardInterrupt:
        console.print("Stopped.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Unwind from wherever the start has come to, so that what runs already is stopped."""
    raise KeyboardInterrupt


async def _prepare(settings: Settings) -> None:
    async with opened_database(settings) as database:
        if settings.environment == "development" and settings.sample:
            await fill_empty(database)


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        http=bounded_protocol(settings),
        timeout_keep_alive=max(1, round(settings.keep_alive_timeout)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=int(settings.shutdown_timeout),
    )


class _Server(uvicorn.Server):
    """Tells where it serves, ends in peace however often it is told to, and leaves no signal to be raised again."""

    def __init__(self, config: uvicorn.Config, settings: Settings, console: Console) -> None:
        super().__init__(config)
        self._settings = settings
        self._console = console

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        own = sockets or [self._bind()]
        super().run(sockets=own)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del sig, frame
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            spare_what_stays()
        if self.started and sockets:
            self._tell(sockets[0].getsockname()[1])

    def _bind(self) -> socket.socket:
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

    def _tell(self, port: int) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        url = f"http://{host}:{port}"
        page = " (a browser gets GraphiQL)" if self._settings.graphiql else ""
        self._console.print(
            f"Broadsheet serves at {url}/graphql{page}; Ctrl-C ends it.", highlight=False, soft_wrap=True
        )
