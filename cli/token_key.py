"""The key that signs access tokens in development: made once, and kept in the data folder."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import SecretStr

from core.access_tokens import new_key
from core.settings import Settings

FILE = "token.key"


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
