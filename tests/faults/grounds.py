"""A world for faults that are counted: a PostgreSQL that writes to disk, servers with limits as by default."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from cache.embedded import EmbeddedRedis
from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from tests.faults.blog import make_blog
from tests.faults.proxy import Proxy
from tests.faults.world import Server, World, folder, held_postgres, held_redis, opened, variables
from tests.fixtures.servers import connected

SERVERS = 2


@asynccontextmanager
async def grounds(plane: str, workers: int = 0) -> AsyncIterator[World]:
    """Two server processes, or one that looks after so many workers."""
    place = folder()
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        postgres = stack.enter_context(EmbeddedPostgres(place))
        redis = stack.enter_context(EmbeddedRedis(place))
        url = postgres.url()
        await upgrade(load_settings(), url)
        async with connected(url) as connection:
            blog = await make_blog(connection)
        socket = str(redis._running().socket)
        asked = Redis(unix_socket_path=socket, socket_timeout=2, retry=Retry(NoBackoff(), 0))
        stack.push_async_callback(asked.aclose)
        number = 1 if workers else SERVERS
        proxies = [Proxy(socket) for _ in range(number)]
        ways = [Proxy(str(postgres._running().socket)) for _ in range(number)]
        for proxy in (*proxies, *ways):
            await proxy.start()
            stack.push_async_callback(proxy.stop)
        words = ("--workers", str(workers)) if workers else ()
        servers = []
        for n, (proxy, way) in enumerate(zip(proxies, ways, strict=True)):
            by_way = f"postgresql://postgres@127.0.0.1:{way.port}/broadsheet"
            settings = variables(by_way, proxy.url, plane, patient=False)
            servers.append(Server(n, place, settings, ("telling", "tasks"), words=words))
            stack.callback(servers[-1].clear_away)
        await asyncio.gather(*(server.start() for server in servers))
        if plane == "redis":
            await opened(url)
        held = held_postgres(postgres), held_redis(redis, asked)
        yield World(place, url, socket, blog, *held, asked, proxies, servers, plane, ways)
