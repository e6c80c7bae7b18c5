"""What Prometheus asks: a port of its own, behind which all processes that serve are asked in turn.

It answers in a thread of the process that looks after the others, so it does when one of them hangs: that one is then
told of by `broadsheet_worker_up`. The processes tell their metrics as text, which is put together here metric by
metric. Each has the number of its place as a label: who takes the place of one that died counts from 0 again, as
Prometheus knows it from any process that was restarted.
"""

import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import getpid
from pathlib import Path
from threading import Thread

from core.errors import ServiceError
from core.metrics import CONTENT_TYPE, family_of, text_of
from server.metrics.catalogue import WORKER_UP
from server.metrics.telling import END, socket_of

PATH = "/metrics"
PATIENCE = 2.0
"""Seconds that a process has to answer, and that somebody may take to ask."""
MOST_AT_ONCE = 16

Pids = Callable[[], Sequence[int | None]]
"""The processes that serve, each in its place."""


class Scraped:
    """All metrics of the processes of one server."""

    def __init__(self, folder: Path, pids: Pids = lambda: [getpid()]) -> None:
        """`folder` is where each of them tells; at first this process serves alone."""
        self.folder = folder
        self.pids = pids

    def text(self) -> bytes:
        """What all tell, and who did not."""
        pids = self.pids()
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            texts = list(pool.map(self._asked, range(len(pids)), pids))
        up = family_of(WORKER_UP, [((str(place),), text is not None) for place, text in enumerate(texts)])
        return text_of([up]) + joined(text for text in texts if text is not None)

    def _asked(self, place: int, pid: int | None) -> bytes | None:
        """What one tells; None where it does not in time."""
        if pid is None:
            return None
        found = []
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(PATIENCE)
                line.connect(str(socket_of(self.folder, pid)))
                line.sendall(f"{place}\n".encode())
                while part := line.recv(1 << 16):
                    found.append(part)
        except OSError:
            return None
        text = b"".join(found)
        return text.removesuffix(END) if text.endswith(END) else None


def joined(texts: Iterable[bytes]) -> bytes:
    """Texts of metrics as one: all values of a metric stand together, below one declaration."""
    values: dict[bytes, list[bytes]] = {}
    for text in texts:
        # At the beginning of a line only: what a client calls itself may say so, too.
        for part in (b"\n" + text.removesuffix(b"\n")).split(b"\n# HELP ")[1:]:
            help_line, type_line, *rest = part.split(b"\n")
            values.setdefault(b"# HELP %b\n%b" % (help_line, type_line), []).extend(rest)
    return b"".join(b"%b\n" % b"\n".join((declared, *lines)) for declared, lines in values.items())


@contextmanager
def served(host: str, port: int, scraped: Scraped) -> Iterator[str]:
    """Answer Prometheus while the block runs; gives the address where.

    Raises:
        ServiceError: the port cannot be had.

    """

    class Handler(_Handler):
        text = staticmethod(scraped.text)

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    try:
        server = Server((host, port), Handler)
    except OSError as error:
        raise ServiceError(
            f"port {port} on {host} cannot be had for metrics ({error.strerror}): "
            "set BROADSHEET_METRICS_PORT to another, or stop what has it"
        ) from error
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_address[1]}{PATH}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def meeting_place() -> Iterator[Path]:
    """A folder for the sockets of processes, which nobody else can enter."""
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        yield Path(folder)


class _Handler(BaseHTTPRequestHandler):
    text: Callable[[], bytes]
    timeout = PATIENCE
    server_version, sys_version = "Broadsheet", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        text = self.text()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nobody wants to read of it."""
