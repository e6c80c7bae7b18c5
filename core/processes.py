"""Servers of others that run as our children: started, awaited, stopped, and gone when we are."""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from core.errors import ServiceError

# What a server inherits of our environment: nothing, so that a stray PGPORT or LC_ALL changes nothing.
ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C"}
LOG_TAIL = 10  # lines of a server's log that its error repeats


class ServerProcess:
    """One server process, in a session of its own: a Ctrl-C reaches us and not it, and we stop it in turn.

    On Linux it gets its stop signal from the kernel, too, when we die without a chance to send it. The
    kernel means the *thread* that started it, so `start` refuses any thread that may end before the process.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        user: str | None = None,
        inherited: Collection[int] = (),
    ) -> None:
        """Describe a server; nothing runs yet.

        `name` is for messages, `log` gets what it prints (the log of the run before is kept as `….1`), `user`
        is the account that root starts it under, `inherited` are file descriptors that it keeps open.
        """
        self._name = name
        self._command = [*_ended_with_us(stop_signal), *command]
        self._log = log
        self._stop_signal = stop_signal
        self._user = user
        self._inherited = tuple(inherited)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, or None where it does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self, ready: Callable[[], bool], *, patience: float = 60.0) -> None:
        """Start the server and return when `ready` says so; it is asked every 20 milliseconds.

        Raises ServiceError, with the end of the log, when the server ends early or is not ready after
        `patience` seconds; it does not run then.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"{self._name} must be started from the main thread: it ends with its thread")
        if self._log.exists():
            self._log.replace(self._log.with_name(f"{self._log.name}.1"))
        try:
            self._log.touch(mode=0o600)  # statements that failed stand there with their data
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - the caller's own program and paths
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=ENVIRONMENT,
                    start_new_session=True,
                    pass_fds=self._inherited,
                    user=self._user,
                    group=self._user,
                    extra_groups=None if self._user is None else [],
                )
        except OSError as error:
            raise ServiceError(f"{self._name} cannot be started: {error}") from error
        try:
            self._wait(self._process, ready, patience)
        except BaseException:  # a Ctrl-C while it starts must not leave it behind either
            self.stop()
            raise

    def _wait(self, process: "subprocess.Popen[bytes]", ready: Callable[[], bool], patience: float) -> None:
        deadline = time.monotonic() + patience
        while process.poll() is None:
            if ready():
                return
            if time.monotonic() > deadline:
                raise ServiceError(f"{self._name} is not ready after {patience:g} seconds{self._log_tail()}")
            time.sleep(0.02)
        raise ServiceError(f"{self._name} ended while it was started{self._log_tail()}")

    def _log_tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-LOG_TAIL:]
        return "\n".join([f"; its log {self._log} ends with:", *lines])

    def stop(self, *, patience: float = 20.0) -> None:
        """Send the stop signal and wait; after `patience` seconds, or a second Ctrl-C, kill. Idempotent."""
        process = self._process
        if process is None:
            return
        try:
            process.send_signal(self._stop_signal)
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass  # it is killed below
        finally:
            process.kill()
            process.wait()
            self._process = None


def run_program(command: Sequence[str], *, user: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of a server's own programs to its end, under the account `user` if given; never raises on failure."""
    return subprocess.run(  # noqa: S603 - as above
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=ENVIRONMENT,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def _ended_with_us(stop_signal: signal.Signals) -> list[str]:
    """Prefix of a command that asks the kernel to signal it when we die: prctl(2), PR_SET_PDEATHSIG.

    A change of account clears that wish; it is made after the change, for `subprocess` changes before it
    runs anything. Elsewhere than on Linux there is no such wish, and a kill -9 of us leaves the server alone.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [] if setpriv is None else [setpriv, "--pdeathsig", stop_signal.name, "--"]
