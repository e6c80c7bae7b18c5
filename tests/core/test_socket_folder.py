import socket
import stat
from pathlib import Path

import pytest

from core.socket_folder import SocketFolder


def _binds(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path.exists()


def test_a_socket_lies_in_the_wanted_folder_where_it_fits(tmp_path: Path) -> None:
    folder = SocketFolder(tmp_path, "it.sock")
    assert folder.path == tmp_path
    folder.remove()
    assert tmp_path.exists()


@pytest.mark.parametrize("name", ["deep/" * 30, "a,b"])
def test_a_socket_that_does_not_fit_gets_a_private_folder(tmp_path: Path, name: str) -> None:
    folder = SocketFolder(tmp_path / name, "it.sock")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert _binds(folder.socket)
    folder.remove()
    assert not folder.path.exists()
