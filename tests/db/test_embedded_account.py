import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import psutil
import pytest

from core.errors import ServiceError
from db.embedded import EmbeddedPostgres
from db.embedded_account import ACCOUNT, account

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="broadsheet-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


async def _execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_a_private_folder_of_roots_stays_private_and_the_data_lies_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.embedded_account.STATE", folder / "state")
    home = folder / "root"
    home.mkdir(mode=0o700)
    for _ in range(2):
        with EmbeddedPostgres(home / "data", durable=False) as server:
            await _execute(server.url(), "CREATE TABLE IF NOT EXISTS kept ()")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "data" / "postgres").resolve().is_relative_to(folder / "state")
    home.chmod(0o755)  # the data is found again
    with EmbeddedPostgres(home / "data", durable=False) as server:
        assert await _execute(server.url(), "SELECT count(*) FROM kept") == 0


def test_data_in_a_folder_that_was_closed_since_is_not_left_behind_silently(folder: Path) -> None:
    home = folder / "root"
    with EmbeddedPostgres(home, durable=False):
        pass
    home.chmod(0o700)
    with pytest.raises(ServiceError, match=r"chmod o\+x"):
        EmbeddedPostgres(home, durable=False).start()


def test_a_private_installation_of_roots_is_copied_to_where_the_account_can_run_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.embedded_account.STATE", folder / "state")
    installed = EmbeddedPostgres(folder)._installed()
    private = folder / "root" / installed.name
    for name in (installed.name, f"{installed.name}.libs"):
        shutil.copytree(installed.with_name(name), private.with_name(name))
    private.parent.chmod(0o700)
    monkeypatch.setattr(EmbeddedPostgres, "_installed", lambda _self: private)
    with EmbeddedPostgres(folder / "data", durable=False):
        pid = int((folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
        assert Path(psutil.Process(pid).exe()).is_relative_to(folder / "state")
        assert psutil.Process(pid).username() == ACCOUNT


def test_servers_that_start_side_by_side_make_the_account_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def known(name: str) -> str:
        if name not in made:
            raise KeyError(name)
        return name

    def useradd() -> int:
        time.sleep(0.2)
        made.append(ACCOUNT)
        return 0

    monkeypatch.setattr("db.embedded_account.STATE", folder / "state")
    monkeypatch.setattr("db.embedded_account.pwd.getpwnam", known)
    monkeypatch.setattr("db.embedded_account._useradd", useradd)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda _: account(), range(4))] == [ACCOUNT] * 4
    assert made == [ACCOUNT]
