import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ServiceError
from core.folder_lock import FolderLock

DEAD = 2**22 + 1  # beyond the largest process id


def test_a_folder_that_another_holds_is_refused_at_once_with_a_way_out(tmp_path: Path) -> None:
    first = FolderLock(tmp_path / "it.lock")
    first.acquire()
    with pytest.raises(ServiceError) as refusal:
        FolderLock(tmp_path / "it.lock").acquire(patience=3600)
    assert f"process {os.getpid()}" in str(refusal.value)
    assert str(tmp_path) in str(refusal.value)
    assert "BROADSHEET_DATA_DIR" in str(refusal.value)
    first.release()


def test_a_folder_that_was_let_go_can_be_taken(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "it.lock"), FolderLock(tmp_path / "it.lock")
    first.acquire()
    first.release()
    first.release()
    second.acquire()
    second.release()


def test_the_folder_is_made_when_missing(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "a" / "b" / "it.lock")
    lock.acquire()
    lock.release()
    assert (tmp_path / "a" / "b").is_dir()


def test_a_server_that_outlives_its_broadsheet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    first = FolderLock(path)
    first.acquire()
    command = [sys.executable, "-c", "import time; time.sleep(0.5)"]
    with subprocess.Popen(command, pass_fds=[first.descriptor]) as server:
        first.release()  # as by a kill: the file still names the process that is gone
        path.write_text(str(DEAD))
        with pytest.raises(ServiceError):
            FolderLock(path).acquire(patience=0)
        second = FolderLock(path)
        second.acquire()
        assert server.wait() == 0
    second.release()


def test_a_folder_that_cannot_be_written_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServiceError, match="BROADSHEET_DATA_DIR"):
        FolderLock(tmp_path / "file" / "it.lock").acquire()
