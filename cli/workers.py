"""Processes that serve on one socket, and the one that looks after them.

It renews a process that died, or whose event loop stands still; all of them, one by one, at SIGHUP: each is told to
stop when the next one serves. uvicorn has the processes, and the signals; but it does not see an event loop that stands
still, and hears of nothing while it waits for one of them.
"""

import multiprocessing
import os
import pickle
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import structlog
import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from core.collector import spare_what_stays
from core.logs import configure_logs
from core.settings import Settings
from server.app import Application, create_app
from server.stopping import GracefulServer

START_TIMEOUT = 60.0
"""Seconds in which a process must begin to serve."""
AGAIN_AFTER = 1.0
"""Seconds between two tries to start a process."""
_GRACE = 5.0
"""Seconds beyond its time after which a process is killed that was told to stop."""
_LOOK_EVERY = 0.2
_LONGEST_LOOK = 1.0
"""Seconds between two looks that count: when there were more, the one that looks stood still itself."""

_LOG = structlog.get_logger("broadsheet.workers")


def worker_app(settings: Settings, metrics: Path | None) -> Application:
    """The application of a process of its own, which tells its metrics in this folder."""
    configure_logs(settings)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app(settings, metrics)
    spare_what_stays()
    return app


def _end_with_parent() -> None:
    """A process whose parent was killed would hold the port for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


class Worker(Process):
    """One process: it tells, when asked, whether it serves, and how often its event loop went round."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], settings: Settings) -> None:
        self._drain_delay = settings.drain_delay
        self._patience = settings.worker_timeout
        self.has_served = False
        self._ticked = -1
        self._still = 0.0
        """Seconds for which its event loop was seen to stand still."""
        self._looked_at = monotonic()
        super().__init__(config, sockets)

    @property
    def server(self) -> GracefulServer:
        """The server inside the process."""
        if self._server is None:
            self._server = GracefulServer(self.config, self._drain_delay)
        assert isinstance(self._server, GracefulServer)
        return self._server

    def pong(self) -> None:
        """Answer one question, in a thread of the process."""
        self.child_conn.recv()
        self.child_conn.send((self.server.started, self.server.ticked))

    def look(self) -> None:
        """Take the answers that have come, and ask again; waits for nothing."""
        now = monotonic()
        self._still += min(now - self._looked_at, _LONGEST_LOOK)
        self._looked_at = now
        try:
            while self.parent_conn.poll(0):
                started, ticked = self.parent_conn.recv()
                # One that has just begun has not gone round yet, however long that took.
                if ticked != self._ticked or (started and not self.has_served):
                    self._ticked, self._still = ticked, 0.0
                self.has_served = self.has_served or started
            self.parent_conn.send(b"ping")
        except (OSError, EOFError, pickle.UnpicklingError):
            pass  # it has died, or is about to

    @property
    def is_hung(self) -> bool:
        """Whether its event loop stands still, or it does not begin."""
        patience = self._patience if self.has_served else START_TIMEOUT
        return self._still > patience


class Workers(Multiprocess):
    """Tells where it serves when all do, and looks after them from then on."""

    processes: list[Worker]  # type: ignore[assignment] # that is what they are

    def __init__(
        self,
        config: uvicorn.Config,
        settings: Settings,
        listening: socket.socket,
        tell: Callable[[socket.socket], None],
    ) -> None:
        super().__init__(config, [listening])
        self._settings = settings
        self._tell = tell
        self.failed = False
        """Whether the first ones did not begin to serve."""

    def init_processes(self) -> None:
        """Start all."""
        self.processes = [self._started() for _ in range(self.processes_num)]
        if all(self._serves(worker) for worker in self.processes):
            self._tell(self.sockets[0])
        elif not self.should_exit.is_set():
            self.failed = True
            self.should_exit.set()

    def restart_all(self) -> None:
        """Renew all, one by one. If a new one does not begin to serve, the others stay as they are."""
        for index, old in enumerate(tuple(self.processes)):
            new = self._started()
            if not self._serves(new):
                new.kill()
                new.join()
                if not self.should_exit.is_set():
                    _LOG.error("restart_failed", pid=new.pid, kept=len(self.processes) - index)
                return
            self.processes[index] = new
            old.terminate()
            self._see_off([old])

    def keep_subprocess_alive(self) -> None:
        """Renew those that have died or hang."""
        for index, worker in enumerate(self.processes):
            worker.look()
            if self.should_exit.is_set() or (worker.process.is_alive() and not worker.is_hung):
                continue
            _LOG.error("worker_hangs" if worker.process.is_alive() else "worker_died", pid=worker.pid)
            worker.kill()
            worker.join()
            if not worker.has_served:
                self.should_exit.wait(AGAIN_AFTER)
            self.processes[index] = self._started()

    def join_all(self) -> None:
        """Wait for the end of all."""
        self._see_off(self.processes)

    def handle_ttin(self) -> None:
        """Start one more."""
        self.processes_num += 1
        self.processes.append(self._started())

    def _started(self) -> Worker:
        worker = Worker(self.config, self.sockets, self._settings)
        worker.start()
        return worker

    def _serves(self, worker: Worker) -> bool:
        """Wait until it serves; False if it does not begin, or all shall stop."""
        while worker.process.is_alive() and not worker.is_hung:
            self._hear()
            if self.should_exit.is_set():
                return False
            worker.look()
            if worker.has_served:
                return True
            sleep(_LOOK_EVERY / 4)
        return False

    def _see_off(self, leaving: list[Worker]) -> None:
        """Wait until those have ended that were told to, and look after the others; kill who takes too long."""
        kill_at = monotonic() + self._settings.drain_delay + self._settings.shutdown_timeout + _GRACE
        while any(worker.process.is_alive() for worker in leaving):
            self._hear()
            if leaving is not self.processes:
                self.keep_subprocess_alive()
            if monotonic() > kill_at:
                _LOG.error("worker_does_not_stop", pids=[one.pid for one in leaving if one.process.is_alive()])
                for worker in leaving:
                    worker.process.kill()
            leaving[0].process.join(_LOOK_EVERY)
            sleep(_LOOK_EVERY / 4)

    def _hear(self) -> None:
        """Hear that all shall stop, also while something else is waited for."""
        if {signal.SIGINT, signal.SIGTERM} & set(self.signal_queue):
            self.should_exit.set()
