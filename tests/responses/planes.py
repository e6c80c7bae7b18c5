"""Both of those who may say what is true."""

import asyncio

from tests.fixtures.api import Api

PLANES = ("postgresql", "redis")


async def opened(*apis: Api) -> None:
    """Wait until all of them believe Redis, where they may."""
    async with asyncio.timeout(60):
        for api in apis:
            assert api.responses is not None
            watermark = api.responses.planes.watermark
            while watermark is not None and not watermark.is_open:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.02)
