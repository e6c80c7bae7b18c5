"""Which files of a tree are read."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from content.documents import Failure, Note
from content.errors import ContentError

SUFFIXES = frozenset({".md", ".markdown", ".mdown"})

_SKIPPED_FOLDERS = frozenset({"node_modules", "_site", "_includes", "_layouts"})


@dataclass(frozen=True, slots=True)
class Tree:
    """The Markdown files of a folder, sorted, and what was left aside."""

    root: Path
    paths: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    failures: tuple[Failure, ...] = ()


def find_files(path: Path, registry: Path | None = None) -> Tree:
    """Walk a folder, or take one file; links that lead out of the folder, and linked folders, are not followed.

    The registry of authors is no post, and nothing that was left out.

    Raises:
        ContentError: there is no such folder or file.

    """
    if path.is_file():
        return Tree(path.parent, (path.name,))
    if not path.is_dir():
        raise ContentError(f"{path} is no folder: give the folder that holds the Markdown files")
    return _Walk(path.resolve(), registry).tree()


class _Walk:
    def __init__(self, root: Path, registry: Path | None) -> None:
        self.root = root
        self.registry = None if registry is None else registry.resolve()
        self.paths: list[str] = []
        self.notes: list[Note] = []
        self.failures: list[Failure] = []

    def tree(self) -> Tree:
        others: Counter[str] = Counter()
        for folder, folders, files in os.walk(self.root, onerror=self._unreadable):
            base = Path(folder)
            folders[:] = [name for name in sorted(folders) if self._is_walked(base / name)]
            for name in sorted(files):
                if (base / name).suffix.lower() in SUFFIXES:
                    self._take(base / name)
                elif (base / name).resolve() != self.registry:
                    others[(base / name).suffix.lower() or name] += 1
        if others:
            kinds = ", ".join(f"{count} {_shown(kind)}" for kind, count in sorted(others.items()))
            self.notes.append(Note(".", f"files that are no Markdown were left out: {kinds}"))
        paths = sorted(self.paths, key=lambda path: PurePosixPath(path).parts)
        return Tree(self.root, tuple(paths), tuple(self.notes), tuple(self.failures))

    def _unreadable(self, error: OSError) -> None:
        name = Path(str(error.filename)).relative_to(self.root).as_posix()
        self.failures.append(Failure(_shown(name), f"cannot be listed: {error.strerror}"))

    def _is_walked(self, folder: Path) -> bool:
        path = _shown(folder.relative_to(self.root).as_posix())
        if folder.is_symlink():
            self.failures.append(Failure(path, "is a link to a folder, which is not followed"))
            return False
        if folder.name.startswith(".") or folder.name in _SKIPPED_FOLDERS:
            self.notes.append(Note(path, "a folder that is hidden or made by tools: left out"))
            return False
        return True

    def _take(self, file: Path) -> None:
        path = file.relative_to(self.root).as_posix()
        if _shown(path) != path:
            self.failures.append(Failure(_shown(path), "its name is not UTF-8: rename it"))
        elif file.name.startswith("."):
            self.notes.append(Note(path, "a hidden file: left out"))
        elif file.is_symlink() and not file.resolve().is_relative_to(self.root):
            self.failures.append(Failure(path, "is a link that leads out of the tree"))
        elif not file.is_file():
            self.failures.append(Failure(path, "is no ordinary file"))
        else:
            self.paths.append(path)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
