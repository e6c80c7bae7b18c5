"""Documents that tell one story: their commands and queries are run in order, by one reader, on a server of his own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.viewer import RoleName
from tests.docs.documents import ROOT, blocks_of
from tests.docs.shell import Shell, commands_of
from tests.docs.shortened import json_differs
from tests.fixtures.accounts import person
from tests.fixtures.live import started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase

STORIES: dict[str, RoleName | None] = {"accounts.md": None, "writing.md": "EDITOR"}
"""By file name what Vera is when it begins; None: she has no account."""


class Reader:
    """Sends what stands in a document, with the tokens that were answered last."""

    def __init__(self, url: str, access_token: str | None) -> None:
        self.url = url
        self.tokens = {"accessToken": access_token, "refreshToken": None}

    def send(self, query: str) -> Any:
        token = self.tokens["accessToken"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        query = query.replace("REFRESH_TOKEN", self.tokens["refreshToken"] or "")
        answer = httpx.post(f"{self.url}/graphql", json={"query": query}, headers=headers, timeout=30).json()
        for payload in (answer["data"] or {}).values():
            self.tokens |= {name: payload[name] for name in self.tokens if payload and payload.get(name)}
        return answer


@contextmanager
def _reader(url: str, access_token: str | None, redis_url: str) -> Iterator[Reader]:
    with started(DATABASE_URL=url, REDIS_URL=redis_url, BROADSHEET_TOKEN_KEYS=TOKEN_KEY) as server:
        yield Reader(server.url, access_token)


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_goes_as_told(name: str, new_database: NewDatabase, redis_url: str, tmp_path: Path) -> None:
    url, role, told = await new_database(), STORIES[name], 0
    with _reader(url, None, redis_url) as reader:
        if role is not None:
            reader.tokens["accessToken"] = (await person(url, "vera", role)).access_token
        shell = Shell(tmp_path, url, redis_url, reader.url)
        for block, following in pairwise([*blocks_of(ROOT / "docs" / name), None]):
            assert block is not None
            for command in commands_of(block) if block.language == "console" else ():
                assert shell.run(command).split() == " ".join(command.output).split(), command.place
            if block.language == "graphql":
                answer = reader.send(block.text)
                assert following is not None, f"{block} shows no answer"
                assert following.language == "json", f"{block} shows no answer"
                differs = json_differs(json.loads(following.text), answer)
                assert differs is None, f"{following}: {differs}: {json.dumps(answer, indent=1)}"
                told += 1
    assert told >= 5
