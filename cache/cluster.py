"""A Redis Cluster, asked as one Redis is: each call ends in time, whatever became of its nodes.

redis-py knows which node has which slot, and follows MOVED and ASK. Here stands what it leaves open: a bound on the
time of a whole call, retries included, and looks for the nodes beside what is asked, one at a time.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Self

from redis.asyncio.cluster import ClusterNode, ClusterPipeline, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ClusterError, MovedError

from core.cluster_url import parse_cluster_url
from core.observation import current

LOOK_EVERY = 0.5
"""Seconds between the beginnings of two looks: one takes 5 ms of CPU, and what fails may fail often."""
_UNFORESEEN = (LookupError, AttributeError)
"""What redis-py raises where the cluster names a node, or a slot, that it has not heard of yet."""


class Cluster(RedisCluster):
    """The client of a cluster; a call takes no more than `timeout` seconds."""

    def __init__(self, url: str, *, timeout: float, connect_timeout: float) -> None:
        named = parse_cluster_url(url)
        options: dict[str, Any] = dict(parse_url(named.node_url))
        options.pop("host"), options.pop("port")
        if options.pop("connection_class", None) is SSLConnection:
            options["ssl"] = True
        super().__init__(
            startup_nodes=[ClusterNode(host, port) for host, port in named.nodes],
            # As good as it is: whoever asks for a slot that nobody has is told so.
            require_full_coverage=False,
            # Once more where a connection turns out to be dead; the bound on the call holds all the same.
            retry=Retry(NoBackoff(), 1),
            max_connections=2**31,
            protocol=2,
            **{"socket_timeout": timeout, "socket_connect_timeout": connect_timeout, **options},
        )
        self._within = timeout
        self._named = list(self.startup_nodes)
        self._looking: asyncio.Task[None] | None = None
        self._looks_again_at = 0.0

    async def initialize(self, *_: Any, last_failed_node_name: str | None = None) -> Self:
        """Look for the nodes, if that is due. Only the first look is waited for.

        Afterwards most of what is known is still true: one node that hangs must not hold up what others are asked.
        """
        if self._initialize:
            looking = self._look(last_failed_node_name)
            if not self.nodes_manager.slots_cache:
                await asyncio.shield(looking)  # all who wait share it, and it goes on when they have gone
        return self

    def look_soon(self) -> None:
        """Something is not where it was thought to be."""
        self._initialize = True
        self._look(None)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As redis-py; raises TimeoutError, too."""
        observation = current()
        began = 0 if observation is None else time.perf_counter_ns()
        try:
            async with asyncio.timeout(self._within):
                return await super().execute_command(*args, **options)
        except _UNFORESEEN as error:
            raise ClusterError(str(error)) from error
        finally:
            if observation is not None:
                observation.note_redis(str(args[0]), began)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> "_Pipeline":
        """Commands of one slot, sent in one go; executing them raises TimeoutError, too."""
        del shard_hint
        return _Pipeline(self, transaction, self._within)

    def register_script(self, script: Any) -> AsyncScript:  # type: ignore[override]
        """A script whose keys are of one slot."""
        return _Script(self, script)

    async def end(self) -> None:
        """Close all connections for good; `aclose` leaves them open where a look for the nodes is due."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self.aclose()
        await self.nodes_manager.aclose()
        await self.nodes_manager.aclose("startup_nodes")

    async def _determine_slot(self, command: str, *args: Any) -> int:
        """The slot of the first key. To know where that is redis-py would ask a node, and might ask one that hangs."""
        place = {"EVAL": 2, "EVALSHA": 2, "XREAD": -2}.get(command, 0)
        return self.keyslot(args[place])

    def _look(self, last_failed: str | None) -> asyncio.Task[None]:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._looked(last_failed))
            self._looking.add_done_callback(_taken_note_of)
        return self._looking

    async def _looked(self, last_failed: str | None) -> None:
        await asyncio.sleep(self._looks_again_at - time.monotonic())
        self._looks_again_at = time.monotonic() + LOOK_EVERY
        try:
            await self.nodes_manager.initialize(last_failed_node_name=last_failed)
        except BaseException:
            # Those that were found may all have gone elsewhere: ask those that the URL names, too.
            for node in self._named:
                self.nodes_manager.startup_nodes.setdefault(node.name, node)
            raise
        self._initialize = False


class _Pipeline(ClusterPipeline):
    """Bounded as a single call is."""

    _event_dispatcher: Any

    def __init__(self, cluster: Cluster, transaction: Any, within: float) -> None:
        super().__init__(cluster, transaction)
        self._within = within

    async def __aenter__(self) -> Self:
        return self  # the nodes are looked for when it is executed

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        try:
            async with asyncio.timeout(self._within):
                return await super().execute(raise_on_error, allow_redirections)
        except _UNFORESEEN as error:
            raise ClusterError(str(error)) from error


class _Script(AsyncScript):
    """Sent whole each time: loading it first would need every node of the cluster to be there."""

    async def __call__(self, keys: Sequence[Any] | None = None, args: Iterable[Any] | None = None, *_: Any) -> Any:
        keys = keys or ()
        return await self.registered_client.eval(str(self.script), len(keys), *keys, *(args or ()))


class Place:
    """The server of a cluster that has a key."""

    def __init__(self, cluster: Cluster, key: str) -> None:
        self._cluster = cluster
        self._key = key

    async def node(self) -> ClusterNode:
        """It, as far as is known.

        Raises:
            RedisClusterException: nobody has it, or no node answers.

        """
        await self._cluster.initialize()
        node = self._cluster.get_node_from_key(self._key)
        assert node is not None  # only a replica may be missing
        return node

    async def moved(self, error: MovedError) -> None:
        """Take note of who has it now, by his word who had it."""
        try:
            await self._cluster.nodes_manager.move_slot(error)
        except _UNFORESEEN:
            self._cluster.look_soon()

    def lost(self) -> None:
        """It does not answer; another one may have it soon."""
        self._cluster.look_soon()


def _taken_note_of(task: asyncio.Task[Any]) -> None:
    """Nobody may wait for it any more; whoever asks next is told the same."""
    if not task.cancelled():
        task.exception()
