"""Keys that sign access tokens: a new one on demand; in development one that is kept in the data folder."""

import os
import re
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer
from pydantic import SecretStr

from core.access_tokens import new_key
from core.errors import SettingsError
from core.settings import Settings

FILE = "token.key"


def token_key(
    name: Annotated[
        str | None, typer.Argument(help="A name that no other key of yours has.", show_default="the day")
    ] = None,
) -> None:
    """Print a new key for BROADSHEET_TOKEN_KEYS, which takes several with commas between: the first one signs."""
    if name is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise SettingsError("the name of a key has letters, digits, dots, hyphens and underscores only")
    print(new_key(name))  # noqa: T201 - as it is, for scripts


def with_token_key(settings: Settings) -> Settings:
    """The same settings, with a key; production brings its own, and has refused to start without."""
    if settings.token_keys is not None:
        return settings
    return settings.model_copy(update={"token_keys": SecretStr(_kept(settings.data_dir / FILE))})


def _kept(path: Path) -> str:
    """The key in the file; a new one, if there is none. Of two that make it at the same time one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.") as file:  # for its owner's eyes alone
        file.write(new_key())
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)
    return path.read_text().strip()
