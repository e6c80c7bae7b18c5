import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.fixtures.live import COMMAND, LiveServer, clean_environment, started

POSTS = "{ posts { totalCount nodes { title author { name } tags { name } } } }"


@pytest.fixture
def data_dir() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="broadsheet-test-", ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o755)
        yield path


def _ask(server: LiveServer, query: str = POSTS) -> Any:
    return httpx.post(f"{server.url}/graphql", json={"query": query}, timeout=60).json()["data"]


def _left_running(data_dir: str) -> list[str]:
    commands = (" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    return [command for command in commands if data_dir in command]


def test_an_empty_folder_becomes_a_blog_that_is_found_again(data_dir: str) -> None:
    with started(BROADSHEET_DATA_DIR=data_dir) as server:
        first = _ask(server)
        assert first["posts"]["totalCount"] == 6
        assert httpx.get(f"{server.url}/readyz", timeout=60).json() == {"status": "ok", "database": "ok", "redis": "ok"}
    assert server.process.returncode == 0
    assert _left_running(data_dir) == []
    with started(BROADSHEET_DATA_DIR=data_dir) as server:
        assert _ask(server) == first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_peace_and_leaves_nothing_running(data_dir: str, number: signal.Signals) -> None:
    with started(BROADSHEET_DATA_DIR=data_dir) as server:
        # As a terminal and a careful supervisor do: the same thing twice.
        server.process.send_signal(number)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
    assert _left_running(data_dir) == []


def test_a_signal_while_it_starts_leaves_nothing_running(data_dir: str) -> None:
    process = subprocess.Popen(
        [str(COMMAND), "serve"],
        env=clean_environment(PORT="0", BROADSHEET_DATA_DIR=data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 100
    while not _left_running(data_dir) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0, printed
    assert b"Traceback" not in printed
    assert _left_running(data_dir) == []


def test_kill_9_leaves_no_server_behind(data_dir: str) -> None:
    with started(BROADSHEET_DATA_DIR=data_dir) as server:
        assert _left_running(data_dir)
        os.kill(server.process.pid, signal.SIGKILL)
        deadline = time.monotonic() + 100
        while _left_running(data_dir) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _left_running(data_dir) == []


def test_servers_that_are_given_replace_the_embedded_ones(live_server: LiveServer) -> None:
    assert _ask(live_server)["posts"]["totalCount"] == 6


def test_a_taken_port_is_said_with_what_to_do(data_dir: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [str(COMMAND), "serve"],
            env=clean_environment(PORT=port, BROADSHEET_DATA_DIR=data_dir),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "set PORT to another" in done.stderr
    assert _left_running(data_dir) == []


def test_production_refuses_embedded_servers() -> None:
    done = subprocess.run(
        [str(COMMAND), "serve"],
        env=clean_environment(BROADSHEET_ENVIRONMENT="production"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "set DATABASE_URL and REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_is_never_repeated() -> None:
    done = subprocess.run(
        [str(COMMAND), "serve"],
        env=clean_environment(DATABASE_URL="mysql://root:hunter2@localhost/x"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "must begin with postgresql://" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
