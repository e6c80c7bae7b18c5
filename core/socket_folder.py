"""Where a unix socket can live: its address has little room, and folders can be deep."""

import shutil
import tempfile
from pathlib import Path

ADDRESS_LENGTH = 103  # bytes: sockaddr_un has 104 on macOS and 108 on Linux, the last one a zero


class SocketFolder:
    """A folder for one socket: the wanted one, or a private short one where the wanted one does not fit."""

    def __init__(self, wanted: Path, file_name: str) -> None:
        """Choose; `file_name` is what the server names its socket. A new folder is ours alone, mode 0700."""
        # libpq and asyncpg read a comma in a host as a list of hosts.
        fits = len(bytes(wanted / file_name)) <= ADDRESS_LENGTH and "," not in str(wanted)
        self.path = wanted if fits else Path(tempfile.mkdtemp(prefix="broadsheet-"))
        self._temporary = not fits
        self.socket = self.path / file_name

    def remove(self) -> None:
        """Remove the folder if it was made here."""
        if self._temporary:
            shutil.rmtree(self.path, ignore_errors=True)
