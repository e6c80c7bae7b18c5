"""The parts of the documents that are made of the code; a test compares.

`.venv/bin/python -m tests.docs.generated` writes them anew.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import typer
from pydantic.fields import FieldInfo

from cli.main import app
from core.metrics import WORKER
from core.settings import Settings
from server.metrics.catalogue import CATALOGUE
from tests.docs.documents import ROOT
from tests.docs.recorded import performance_text
from tests.docs.shell import variables_of
from tests.faults.recorded import reliability_text

_VALUES = {str: "TEXT", int: "NUMBER", Path: "PATH"}
_PART = re.compile(r"(?<=<!-- made by tests/docs/generated.py -->\n).*?(?=<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """Each setting: its variables, its default, what it does."""
    rows = ["| Variable | Default | What it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variables = " or ".join(f"`{variable}`" for variable in variables_of(name))
        rows.append(f"| {variables} | {_default(field)} | {field.description}{_allowed(field)} |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _allowed(field: FieldInfo) -> str:
    values = getattr(field.annotation, "__args__", ())
    if field.annotation is not None and all(isinstance(value, str) for value in values) and values:
        return " One of " + ", ".join(f"`{value}`" for value in values) + "."
    return ""


def commands_text() -> str:
    """Each command: its help, its usage, its arguments and options."""
    group: Any = typer.main.get_command(app)
    return "\n".join(_command(name, command) for name, command in _flat(group))


def _flat(group: Any, *above: str) -> Iterator[tuple[str, Any]]:
    """The commands, those of groups under their full names."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _flat(command, *above, name)
        else:
            yield " ".join((*above, name)), command


def _command(name: str, command: Any) -> str:
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    arguments = [parameter for parameter in shown if parameter.param_type_name == "argument"]
    words = [f"broadsheet {name}", *(["[OPTIONS]"] if len(arguments) < len(shown) else [])]
    words += [argument.name.upper() for argument in arguments if argument.required]
    words += [f"[{argument.name.upper()}]" for argument in arguments if not argument.required]
    help_text = "\n".join(line.strip() for line in command.help.strip().splitlines())
    parts = [f"## {name}\n", f"{help_text}\n", f"`{' '.join(words)}`\n"]
    if shown:
        rows = ["| | Default | |", "|---|---|---|", *map(_parameter, shown)]
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = f"`{parameter.name.upper()}`"
    else:
        value = "" if parameter.is_flag else f" {_VALUES[parameter.type_descriptor.annotation]}"
        name = ", ".join(f"`{option}{value}`" for option in parameter.opts)
    return f"| {name} | {_parameter_default(parameter)} | {parameter.help} |"


def _parameter_default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return str(parameter.show_default)
    if parameter.required:
        return "required"
    return "" if parameter.default is None or parameter.default is False else f"`{parameter.default}`"


def metrics_table() -> str:
    """Each metric: its kind, its labels, what it tells."""
    rows = ["| Metric | Kind | Labels | What it tells |", "|---|---|---|---|"]
    for metric in CATALOGUE:
        labels = ", ".join(f"`{label}`" for label in metric.labels if label != WORKER)
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.description} |")
    return "\n".join(rows) + "\n"


GENERATED = {
    "docs/settings.md": settings_table,
    "docs/commands.md": commands_text,
    "docs/performance.md": performance_text,
    "docs/observability.md": metrics_table,
    "docs/reliability.md": reliability_text,
}


def part_of(path: Path) -> str:
    """What stands between the marks of a document."""
    match = _PART.search(path.read_text(encoding="utf-8"))
    assert match, f"{path} has lost its marks"
    return match[0]


def write() -> None:
    """Write all these parts anew."""
    for name, make in GENERATED.items():
        path = ROOT / name
        # As a function's result it is taken as it is, backslashes and all.
        path.write_text(_PART.sub(partial(_made, make), path.read_text(encoding="utf-8")), encoding="utf-8")


def _made(make: Callable[[], str], _match: re.Match[str]) -> str:
    return f"\n{make()}\n"


if __name__ == "__main__":
    write()
