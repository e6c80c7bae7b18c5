"""Runs the commands of a document as a reader would: one after the other, in a folder with a small blog."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from core.settings import Settings
from tests.docs.documents import ROOT, Block
from tests.fixtures.live import COMMAND, clean_environment, started

LANGUAGES = frozenset({"console", "sh", "bash", "shell"})

PASSWORD = "correct horse battery"
"""What the reader types where a password is asked for."""

_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)
_SERVERS = ("DATABASE_URL", "REDIS_URL")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
# The variables of the compose file and the Makefile that are no settings.
_OTHER_VARIABLES = frozenset({"POSTGRES_PASSWORD", "REDIS_PASSWORD", "HYPOTHESIS_PROFILE"})


@dataclass(frozen=True, slots=True)
class Command:
    """A line that a reader would type, and the lines that are shown under it."""

    place: str
    text: str
    output: tuple[str, ...]


def commands_of(block: Block) -> list[Command]:
    """The commands of a block: in `console`, lines that begin with `$`; elsewhere, every line.

    A backslash at the end of a line continues it; `#` begins a comment.
    """
    text = re.sub(r" *\\\n\s*", " ", block.text)
    found: list[Command] = []
    for number, line in enumerate(text.splitlines()):
        place = f"{block.file}:{block.line + number}"
        if block.language == "console" and not line.startswith("$ "):
            assert found, f"{place}: output without a command; commands begin with `$ `"
            found[-1] = Command(found[-1].place, found[-1].text, (*found[-1].output, line))
        elif typed := line.removeprefix("$ ").strip():
            found.append(Command(place, typed, ()))
    return [command for command in found if not command.text.startswith("#")]


def setting_variables() -> set[str]:
    """The names of the environment that settings are read from."""
    return {name for setting in Settings.model_fields for name in variables_of(setting)}


def variables_of(setting: str) -> list[str]:
    """The variables that one setting is read from; the shortest first."""
    alias = Settings.model_fields[setting].validation_alias
    if alias is None:
        return [f"BROADSHEET_{setting.upper()}"]
    return [str(name) for name in getattr(alias, "choices", [alias])]


@dataclass
class Shell:
    """Knows how to run each kind of command that the documents may show; any other fails."""

    folder: Path
    """The reader's working folder."""
    database_url: str
    redis_url: str
    url: str
    """Of a server with the sample blog."""
    exported: dict[str, str] = field(default_factory=dict)

    def run(self, command: Command) -> str:
        """Run a command, and answer what it prints; raises AssertionError if it fails or is not known here."""
        words = shlex.split(command.text, comments=True)
        variables: dict[str, str] = {}
        while words and (match := _ASSIGNMENT.fullmatch(words[0])):
            variables |= self._variable(match[1], match[2])
            words = words[1:]
        known = {
            "broadsheet": self._broadsheet,
            "curl": self._curl,
            "docker": self._docker,
            "export": self._export,
            "make": self._make,
            ".venv/bin/pytest": self._pytest,
            ".": self._activate,
        }
        assert words, "assigns and runs nothing"
        assert words[0] in known, f"no test knows how to run {words[0]}"
        return known[words[0]](words[1:], variables)

    def _variable(self, name: str, value: str) -> dict[str, str]:
        assert name in setting_variables() | _OTHER_VARIABLES, f"{name} is no setting"
        replaced = {"REDIS_URL": self.redis_url}
        replaced |= dict.fromkeys(("DATABASE_URL", "BROADSHEET_DATABASE_DIRECT_URL"), self.database_url)
        return {name: replaced.get(name, value)}

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        own = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "BROADSHEET_DATA_DIR": str(self.folder / "data"),
        }
        return own | self.exported | variables

    def _broadsheet(self, words: list[str], variables: dict[str, str]) -> str:
        environment = self._environment(variables)
        if words[0] == "serve":
            port = environment.pop("PORT", "8000")
            with started(self.folder, *words[1:], **environment) as server:
                printed = server.printed
            assert server.process.returncode == 0
            return printed.replace(server.url, f"http://127.0.0.1:{port}")
        typed = PASSWORD if words[0] == "admin" else None
        return self._done([str(COMMAND), *words], self.folder, clean_environment(**environment), typed)

    def _curl(self, words: list[str], variables: dict[str, str]) -> str:
        assert not variables
        assert any(_ADDRESS.match(word) for word in words), "leads to another server"
        if shutil.which("curl") is None:
            return ""
        return self._done(
            ["curl", "-sS", *(_ADDRESS.sub(self.url, word) for word in words)], self.folder, {**os.environ}
        )

    def _docker(self, words: list[str], variables: dict[str, str]) -> str:
        """There may be no Docker here: see that what is named exists."""
        del variables
        assert words[0] == "compose", f"no test knows docker {words[0]}"
        services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        options = words[1:]
        if options[0] == "--profile":
            profiles = {name for service in services.values() for name in service.get("profiles", ())}
            assert options[1] in profiles, f"no profile {options[1]}"
            options = options[2:]
        action, *rest = options
        names = [word for word in rest if not word.startswith("-")]
        if action in ("run", "exec"):
            assert names[0] in services, f"no service {names[0]}"
            assert names[1] == "broadsheet", f"no test knows {names[1]}"
            return self._done([str(COMMAND), names[2], "--help"], self.folder, clean_environment()) and ""
        assert action in ("up", "down", "logs", "stop", "build"), f"no test knows docker compose {action}"
        assert set(names) <= services.keys(), f"not all of {names} are services"
        return ""

    def _export(self, words: list[str], variables: dict[str, str]) -> str:
        assert not variables
        for word in words:
            match = _ASSIGNMENT.fullmatch(word)
            assert match, f"{word} is no assignment"
            self.exported |= self._variable(match[1], match[2])
        return ""

    def _make(self, words: list[str], variables: dict[str, str]) -> str:
        """See that the target exists, for it may be what runs this test; of `run`, do what it ends with."""
        # The make that may run this test must not tell this one how to print.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        planned = self._done(["make", "--dry-run", *words], ROOT, {**kept, **variables})
        if words != ["run"]:
            return ""
        assert planned.splitlines()[-1].endswith("broadsheet serve")
        return self._broadsheet(["serve"], variables)

    def _pytest(self, words: list[str], variables: dict[str, str]) -> str:
        """See that it names tests."""
        python = [str(COMMAND.with_name("python")), "-m", "pytest", "--collect-only", "-q"]
        self._done([*python, *words], ROOT, {**os.environ, **variables})
        return ""

    def _activate(self, words: list[str], variables: dict[str, str]) -> str:
        assert (words, variables) == ([".venv/bin/activate"], {})
        return ""

    @staticmethod
    def _done(words: list[str], folder: Path, environment: dict[str, str], typed: str | None = None) -> str:
        done = subprocess.run(
            words,
            cwd=folder,
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"ended with status {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout
