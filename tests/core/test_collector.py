"""A server that has started sets aside what stays, and lets the collector come seldom."""

import json
import subprocess
import sys

from core.collector import THRESHOLDS

_ASKED = """
import asyncio, gc, json, socket
from unittest.mock import patch
import uvicorn
from rich.console import Console
from cli.processes import Front, _Server
from core.settings import load_settings

async def app(scope, receive, send): ...
server = _Server(uvicorn.Config(app, lifespan="off", log_config=None), Front(load_settings(), Console(quiet=True)))
with socket.create_server(("127.0.0.1", 0)) as listening:
    async def start():
        await server.startup([listening])
        await server.shutdown([listening])
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    asyncio.run(start())
print(json.dumps([gc.get_threshold(), gc.get_freeze_count()]))
"""


def test_it_is_in_force_once_the_server_has_started() -> None:
    done = subprocess.run([sys.executable, "-c", _ASKED], check=True, capture_output=True, text=True)
    thresholds, frozen = json.loads(done.stdout.splitlines()[-1])
    assert tuple(thresholds) == THRESHOLDS
    assert frozen > 100_000
