"""The project's own files, and what its modules import."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

PACKAGES = ("core", "db", "cache", "loaders", "gql", "server", "content", "experiments", "cli")


@dataclass(frozen=True, slots=True)
class Import:
    """One name of one import statement."""

    file: str
    """Relative to the root, with slashes."""
    line: int
    module: str
    inside: bool
    """Below a function, a class or a condition, rather than at the module's top; types alone may be imported there."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def modules(root: Path = ROOT) -> Iterator[Path]:
    """All modules of the packages."""
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def imports(root: Path = ROOT) -> Iterator[Import]:
    """All that the modules of the packages import; `from a import b` is `a`, or `a.b` if that is a module here."""
    for path in modules(root):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {id(node) for block in (tree.body, *_for_types(tree)) for node in block}
        file = path.relative_to(root).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for module in _modules_of(node, root):
                    yield Import(file, node.lineno, module, id(node) not in top)


def _for_types(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Blocks that run for the type checker only: the way out where two types of one layer name each other."""
    for node in tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield node.body


def _modules_of(node: ast.Import | ast.ImportFrom, root: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are absolute here"
    module = node.module or ""
    folder = root.joinpath(*module.split("."))
    if not folder.is_dir():
        return [module]
    return sorted({f"{module}.{name.name}" if (folder / f"{name.name}.py").exists() else module for name in node.names})
