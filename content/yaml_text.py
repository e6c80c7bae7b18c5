"""YAML as bloggers mean it: text stays as it was written, and nothing in a file can exhaust the reader."""

import re
from collections.abc import Callable

import yaml

from content.errors import FrontMatterError

Value = object

# A hundred keys with long lists stay far below; aliases of aliases do not.
MAX_VALUES = 20_000
MAX_DEPTH = 50
MAX_LENGTH = 256 * 1024

_NULL = re.compile(r"|~|null|Null|NULL")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,18})", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\d{1,40}\.\d{0,40}|\.\d{1,40})([eE][-+]?\d{1,3})?", re.ASCII)
_TYPES: dict[str, tuple[re.Pattern[str], Callable[[str], Value]]] = {
    "bool": (_BOOLEAN, lambda text: text.lower() == "true"),
    "int": (_INTEGER, int),
    "float": (_FLOAT, float),
}
_MESS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x84\x86-\x9f]")
_REFUSED = (yaml.YAMLError, ValueError, OverflowError, RecursionError, AttributeError)


def load_mapping(
    text: str, as_written: Callable[[str], bool] = lambda _key: False
) -> tuple[dict[str, Value], list[str]]:
    """Read a mapping: its values, and notes on what was mended.

    Plain scalars are null, booleans and decimal numbers as in YAML 1.2's core schema, and text otherwise, dates too.
    Below a top-level key that is `as_written`, each scalar but null is text.

    Raises:
        FrontMatterError: no YAML, no mapping, or one too large, too deep or with too many aliases.

    """
    if len(text) > MAX_LENGTH:
        raise FrontMatterError(f"YAML of more than {MAX_LENGTH // 1024} KiB")
    notes: list[str] = []
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except _REFUSED as error:
        mended = _MESS.sub(" ", text)
        try:
            node = yaml.compose(mended, Loader=yaml.SafeLoader) if mended != text else None
        except _REFUSED:
            node = None
        if node is None:
            raise FrontMatterError(_reason(error)) from None
        notes.append("tabs and control characters in the front matter were read as spaces")
    if node is None:
        return {}, notes
    return _Reading(as_written, notes).mapping_of(node), notes


def _reason(error: Exception) -> str:
    problem = getattr(error, "problem", None)
    mark = getattr(error, "problem_mark", None)
    if not problem:
        return "no YAML: nested too deeply" if isinstance(error, RecursionError) else f"no YAML: {error}"
    # The opening --- is the file's first line.
    return f"no YAML: {problem}" + (f" (line {mark.line + 2}, column {mark.column + 1})" if mark else "")


class _Reading:
    def __init__(self, as_written: Callable[[str], bool], notes: list[str]) -> None:
        self._as_written = as_written
        self._notes = notes
        self._values = 0

    def mapping_of(self, node: yaml.Node) -> dict[str, Value]:
        if not isinstance(node, yaml.MappingNode):
            raise FrontMatterError("the YAML is no mapping of keys to values")
        return self._mapping(node, 0, typed=None)

    def _mapping(self, node: yaml.MappingNode, depth: int, *, typed: bool | None) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._notes.append("a key that is no text was left out of the front matter")
                continue
            key = str(key_node.value)
            below = not self._as_written(key) if typed is None else typed
            value = self._value(value_node, depth + 1, typed=below)
            if _kind(key_node) == "merge" and isinstance(value, dict):
                values = value | values
                continue
            if key in values:
                self._notes.append(f"the key {key!r} is there twice: the last was taken")
            values[key] = value
        return values

    def _value(self, node: yaml.Node, depth: int, *, typed: bool) -> Value:
        self._values += 1
        if self._values > MAX_VALUES or depth > MAX_DEPTH:
            raise FrontMatterError("the YAML has too many values, too deep nesting or a loop of aliases")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth, typed=typed)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, depth + 1, typed=typed) for item in node.value]
        return _scalar(node, typed=typed)


def _kind(node: yaml.Node) -> str:
    """Give the last part of the tag that YAML 1.1 sees, such as `int`."""
    return str(node.tag).rpartition(":")[2]


def _scalar(node: yaml.Node, *, typed: bool) -> Value:
    text = str(node.value)
    kind = _kind(node)
    if getattr(node, "style", None) is not None or kind == "str":
        return text
    if kind == "null" and _NULL.fullmatch(text):
        return None
    if not typed:
        return text
    pattern, make = _TYPES.get(kind, (_NULL, str))
    return make(text) if pattern.fullmatch(text) else text


class _Dumper(yaml.SafeDumper):
    """Writes each value in full, and text that is more than a line of printable characters with escapes."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump(values: dict[str, Value]) -> str:
    """Write a mapping in the order of its keys, one that `load_mapping` reads back."""
    return str(
        yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=False)
    )
