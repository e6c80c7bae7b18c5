"""`prepare` of adapter.toml: a database with the benchmark's data; prints the headers of whoever may write."""

import asyncio
import json
import os
import sys

from core.errors import SettingsError
from core.settings import load_settings

from .databases import renew
from .writer import sign_in


async def prepare() -> dict[str, str]:
    """Make the server's database anew; answers the headers that mutations carry."""
    settings = load_settings()
    source_url = os.environ.get("PEERS_DATABASE_URL")
    if settings.database_url is None or source_url is None:
        raise SettingsError("PEERS_DATABASE_URL names the benchmark's database, and DATABASE_URL the server's")
    url = settings.database_url.get_secret_value()
    await renew(settings, source_url, url)
    return {"Authorization": f"Bearer {await sign_in(settings, url)}"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(prepare())) + "\n")
