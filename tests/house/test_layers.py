"""No arrow points up, and each third-party package has one home.

cli → experiments → server → gql → loaders → (cache | db) → core
 └──→ content ─────────────────────────────────────↗
"""

import sys
from pathlib import Path

from tests.house.sources import PACKAGES, Import, imports

BELOW: dict[str, set[str]] = {
    "core": set(),
    "db": {"core"},
    "cache": {"core"},
    "loaders": {"db", "cache", "core"},
    "gql": {"loaders", "db", "cache", "core"},
    "server": {"gql", "loaders", "db", "cache", "core"},
    "content": {"db", "core"},
    "experiments": {"server", "gql", "loaders", "db", "cache", "core"},
    "cli": {"experiments", "server", "content", "gql", "loaders", "db", "cache", "core"},
}
"""What each package may import beside itself."""

HOMES: dict[str, set[str]] = {
    # Names end in a slash for a whole package; otherwise one file is meant.
    "alembic": {"db/"},
    "argon2": {"core/passwords.py"},
    "asyncpg": {"db/", "experiments/"},
    "dateutil": {"content/dates.py"},
    "email_validator": {"db/writes/accounts.py"},
    "fastapi": {"server/"},
    "graphql": {"gql/"},
    "jwt": {"core/access_tokens.py"},
    "nh3": {"core/markdown.py"},
    "opentelemetry": {"server/observing/otlp.py"},
    "orjson": {"db/", "gql/", "server/"},
    # the latter two: SecretStr, around what they put into the settings
    "pydantic": {
        "core/settings.py",
        "core/observing_settings.py",
        "core/wire_settings.py",
        "cli/servers.py",
        "cli/token_key.py",
    },
    "prometheus_client": {"core/metrics.py"},
    "pydantic_settings": {"core/settings.py", "core/observing_settings.py", "core/wire_settings.py"},
    "pyromark": {"core/markdown.py"},
    "redis": {"cache/"},
    "rich": {"cli/"},
    "slugify": {"core/slugs.py"},
    "sqlalchemy": {"db/"},
    "starlette": {"server/"},
    "strawberry": {"gql/", "server/wire/endpoint.py", "server/wire/live.py"},
    # core sets logs up; these say something in them.
    "structlog": {"core/logs.py", "db/replica.py", "gql/errors.py", "server/", "cli/workers.py"},
    "tenacity": {"db/conflicts.py"},
    "typer": {"cli/"},
    "uvicorn": {
        *("cli/processes.py", "cli/workers.py"),
        *("server/http_answer.py", "server/http_protocol.py", "server/socket_protocol.py", "server/stopping.py"),
    },
    "yaml": {"content/yaml_text.py"},
}


def _package(module: str) -> str:
    return module.partition(".")[0]


def _is_foreign(found: Import) -> bool:
    return _package(found.module) not in {*PACKAGES, *sys.stdlib_module_names}


def _home(module: str) -> set[str] | None:
    """The home of a third-party module: that of the longest name in the table that it begins with."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((HOMES[name] for name in names if name in HOMES), None)


def _lives(file: str, homes: set[str]) -> bool:
    return any(file.startswith(home) if home.endswith("/") else file == home for home in homes)


def _arrows_up(found: list[Import]) -> list[str]:
    return [
        str(one)
        for one in found
        if (above := _package(one.module)) in PACKAGES
        and above != (own := one.file.partition("/")[0])
        and above not in BELOW[own]
    ]


def _away_from_home(found: list[Import]) -> list[str]:
    return [str(one) for one in found if _is_foreign(one) and not _lives(one.file, _home(one.module) or set())]


def _inside(found: list[Import]) -> list[str]:
    return [str(one) for one in found if one.inside]


def test_no_arrow_points_up() -> None:
    assert _arrows_up(list(imports())) == []


def test_third_party_packages_are_imported_in_their_homes_only() -> None:
    assert _away_from_home(list(imports())) == []


def test_imports_stand_at_the_top_of_a_module() -> None:
    assert _inside(list(imports())) == []


def test_no_home_is_empty() -> None:
    foreign = [one for one in imports() if _is_foreign(one)]
    for name, homes in HOMES.items():
        for home in homes:
            found = [one for one in foreign if f"{one.module}.".startswith(f"{name}.") and _lives(one.file, {home})]
            assert found, f"{home} imports {name} no more: take it out of HOMES"


def test_the_rules_are_noticed_when_they_are_broken(tmp_path: Path) -> None:
    for file, text in {
        "core/errors.py": "import os\nfrom db.database import Database\n",
        "db/posts.py": "from core import errors\nfrom cache.client import connect\n",
        "loaders/posts.py": "import db.posts\nimport sqlalchemy.orm\n",
        "gql/posts.py": "def load():\n    from loaders import posts\n",
        "content/reader.py": "import unheard_of\n",
        "server/app.py": "from content.reader import Reader\n",
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    found = list(imports(tmp_path))
    assert _arrows_up(found) == [
        "core/errors.py:2 imports db.database",
        "db/posts.py:2 imports cache.client",
        "server/app.py:1 imports content.reader",
    ]
    assert _away_from_home(found) == [
        "loaders/posts.py:2 imports sqlalchemy.orm",
        "content/reader.py:1 imports unheard_of",
    ]
    assert _inside(found) == ["gql/posts.py:2 imports loaders.posts"]
