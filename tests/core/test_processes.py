import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from core.errors import ServiceError
from core.processes import ServerProcess, run_program

SERVES = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else lambda *_: sys.exit(0))
print("serving", flush=True)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""
PARENT = """
import pathlib, sys, time
from core.processes import ServerProcess
ready = pathlib.Path(sys.argv[1])
server = ServerProcess("it", [sys.executable, "-c", sys.argv[2], str(ready)], log=ready.with_suffix(".log"))
server.start(ready.exists)
print(server.pid, flush=True)
time.sleep(60)
"""


def _server(folder: Path, code: str = SERVES, *arguments: str) -> ServerProcess:
    command = [sys.executable, "-c", code, str(folder / "ready"), *arguments]
    return ServerProcess("the test's server", command, log=folder / "server.log")


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _ends(pid: int) -> bool:
    deadline = time.monotonic() + 100
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _runs(pid)


def test_a_server_is_started_awaited_and_stopped(tmp_path: Path) -> None:
    server = _server(tmp_path)
    server.start((tmp_path / "ready").exists)
    pid = server.pid
    assert pid is not None
    assert (tmp_path / "ready").exists()

    server.stop()

    assert server.pid is None
    assert not _runs(pid)
    server.stop()  # once more does no harm


def test_a_ctrl_c_in_our_terminal_does_not_reach_the_server(tmp_path: Path) -> None:
    server = _server(tmp_path)
    server.start((tmp_path / "ready").exists)
    try:
        assert server.pid is not None
        assert os.getpgid(server.pid) != os.getpgrp()
        assert os.getsid(server.pid) != os.getsid(0)
    finally:
        server.stop()


def test_a_server_that_ignores_the_stop_signal_is_killed(tmp_path: Path) -> None:
    server = _server(tmp_path, SERVES, "stubborn")
    server.start((tmp_path / "ready").exists)
    pid = server.pid
    assert pid is not None
    server.stop(patience=0.2)
    assert not _runs(pid)


def test_a_server_that_ends_while_it_starts_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    server = _server(tmp_path, "print('no room left on the moon'); raise SystemExit(3)")
    with pytest.raises(ServiceError, match=r"the test's server ended .*server\.log ends with:\nno room left"):
        server.start(lambda: False)


def test_a_server_that_never_gets_ready_is_an_error_and_does_not_stay(tmp_path: Path) -> None:
    server = _server(tmp_path)
    seen: list[int | None] = []

    def never() -> bool:
        seen.append(server.pid)
        return False

    with pytest.raises(ServiceError, match="not ready after"):
        server.start(never, patience=0.3)
    assert seen[0] is not None
    assert not _runs(seen[0])


def test_a_program_that_does_not_exist_is_an_error_that_names_it(tmp_path: Path) -> None:
    server = ServerProcess("the test's server", [str(tmp_path / "missing")], log=tmp_path / "server.log")
    with pytest.raises(ServiceError, match="missing"):
        server.start(lambda: False)


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text("earlier")
    server = _server(tmp_path)
    server.start((tmp_path / "ready").exists)
    server.stop()
    assert (tmp_path / "server.log").read_text() == "serving\n"
    assert (tmp_path / "server.log.1").read_text() == "earlier"


def test_nothing_of_our_environment_reaches_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    printed = run_program([sys.executable, "-c", "import os; print(os.environ.get('PGPORT'))"]).stdout
    assert printed == "None\n"
    server = _server(tmp_path, "import os; print(os.environ.get('PGPORT'))")
    with pytest.raises(ServiceError, match=r"ends with:\nNone"):
        server.start(lambda: False)


def test_a_start_from_a_thread_that_may_end_first_is_refused(tmp_path: Path) -> None:
    raised: list[Exception] = []

    def start() -> None:
        try:
            _server(tmp_path).start(lambda: True)
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(raised[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "ready"), SERVES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert _runs(server)
        parent.send_signal(signal.SIGKILL)
    assert _ends(server)
