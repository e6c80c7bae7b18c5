"""Faults that are counted: what clients were told, what was lost, how long until all was well again, what was left."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from tests.faults.figures import HUNG_UP, UNAVAILABLE, Read
from tests.faults.history import History
from tests.faults.load import COMMENTED, Load, loaded
from tests.faults.watch import Holdings, Watch, holdings, settled
from tests.faults.world import World
from tests.fixtures.budget import PROVE, SLACK
from tests.fixtures.servers import connected

TIMEOUT = "TIMEOUT"
TOLD = frozenset({UNAVAILABLE, TIMEOUT, HUNG_UP})
"""What a client may be told of any fault; nothing else, and never a wrong answer."""
LONGEST = 13.0
"""Seconds in which any request is answered: the ten that it has, and what it waits for before they are looked at."""
MOST_GROWN = 60.0
"""MB, of all processes together: what they learn in the first load stays."""
MOST_CONNECTIONS = 37
"""To PostgreSQL, of each process: those of reads, of writes, and aside."""
WARM = 1.0 if PROVE else 0.5
"""Seconds of load before a fault, and after all was well."""
PATIENCE = 60.0
REST = 6.0
"""Seconds after the load in which what was for it is let go."""


@dataclass(frozen=True)
class Fault:
    """One that is made for some seconds under load, and ended."""

    make: Callable[[World, Load, Random, float], Coroutine[None, None, None]]
    seconds: float
    """For which it lasts where there is time; 0 where it has a length of its own."""
    seen: str
    """What clients see of it."""
    todo: str
    """What the operator should do."""
    short: float | None = None
    """For which it lasts in `make test`; None where it is not made there."""
    plane: str = "postgresql"
    workers: int = 0
    """Of one server that looks after them; 0 for two that are on their own."""
    kills: bool = False
    """Whether a server process is killed by it, so that `/livez` may hang up."""
    fails: bool = True
    """Whether anybody may be told of it; where Redis alone fails, or a process ends in peace, nobody may."""
    back_within: float = 5.0
    """Seconds in which reads and writes are good again."""


@dataclass
class Counts:
    """What came of one fault."""

    requests: int = 0
    hits: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    retried: int = 0
    """Writes under an idempotency key, each sent until it was acknowledged."""
    lost: int = 0
    duplicates: int = 0
    stale: int = 0
    told: list[str] = field(default_factory=list)
    """The first of the stale reads, in words."""
    lasted: float = 0.0
    read_back: float = -1.0
    write_back: float = -1.0
    """Seconds from the end of the fault until the last process answered well for good; -1 where none did."""
    slowest: float = 0.0
    live: int = 0
    not_live: int = 0
    slowest_live: float = 0.0
    ready: dict[str, int] = field(default_factory=dict)
    slowest_ready: float = 0.0
    connections: tuple[int, int] = (0, 0)
    busy: int = 0
    tasks: tuple[int, int] = (0, 0)
    files: tuple[int, int] = (0, 0)
    grown: float = 0.0
    """MB of memory."""
    left_over: dict[str, int] = field(default_factory=dict)
    """Tasks that were not there before."""


async def counted(world: World, fault: Fault, seconds: float, random: Random) -> Counts:
    """Make a fault under load, and count."""
    before = await holdings(world, world.servers)
    load = await loaded(world.blog, world.database_url, world.servers, random)
    watch = Watch(world.servers)
    async with load.running(), watch.running():
        await load.sleep(WARM)
        began = perf_counter()
        await fault.make(world, load, random, seconds)
        ended = perf_counter()
        while not _is_back(load, len(world.servers), ended) and perf_counter() - ended < PATIENCE:
            await load.sleep(0.1)
        await load.sleep(WARM)
    after = await settled(world, world.servers, before, REST)
    counts = _counts(load, watch, began, ended, len(world.servers))
    await _compare(world, load, counts)
    _left(counts, before, after)
    return counts


def _is_back(load: Load, servers: int, ended: float) -> bool:
    """Whether each process answered reads and writes well since the end."""
    return all(back(those, ended, servers) >= 0 for those in (load.figures.reads, load.figures.attempts))


def back(reads: Iterable[Read], ended: float, servers: int) -> float:
    """Seconds after `ended` until each process had answered well, and none failed any more; -1 where one did not."""
    first: dict[int, float] = {}
    bad = ended
    for read in reads:
        if read.ended < ended:
            continue
        if read.error:
            bad = max(bad, read.ended)
        elif read.began >= ended:
            first.setdefault(read.server, read.ended)
    return max(bad, *first.values()) - ended if len(first) == servers else -1.0


def _counts(load: Load, watch: Watch, began: float, ended: float, servers: int) -> Counts:
    figures = load.figures
    all_of_them = [*figures.reads, *figures.attempts]
    return Counts(
        requests=len(all_of_them),
        hits=sum(one.hit for one in figures.reads),
        errors=dict(Counter(one.error for one in all_of_them if one.error)),
        acknowledged=figures.writes["acknowledged"],
        retried=len(load.commented),
        stale=load.history.violations,
        told=load.history.told,
        lasted=ended - began,
        read_back=back(figures.reads, ended, servers),
        write_back=back(figures.attempts, ended, servers),
        slowest=max(one.seconds for one in all_of_them),
        live=len(watch.lives),
        not_live=sum(not figures.is_excused(one) for one in watch.lives),
        slowest_live=max(one.seconds for one in watch.lives),
        ready=dict(watch.ready),
        slowest_ready=watch.slowest_ready,
    )


async def _compare(world: World, load: Load, counts: Counts) -> None:
    """Hold what was acknowledged against what is there."""
    async with connected(world.database_url) as connection:
        found = await connection.fetch("SELECT body, count(*) FROM comments GROUP BY body")
        posts = await connection.fetch("SELECT slug, version FROM posts")
    there = {body.removeprefix(COMMENTED).strip(): number for body, number in found}
    counts.lost = sum(is_acknowledged and key not in there for key, is_acknowledged in load.commented.items())
    counts.lost += lost_versions(load.history, {post["slug"]: post["version"] for post in posts})
    counts.duplicates = sum(there.get(key, 0) > 1 for key in load.commented)


def lost_versions(history: History, versions: dict[str, int]) -> int:
    """How many posts are older than was acknowledged or seen."""
    return sum(version < history.newest(f"post {slug}") for slug, version in versions.items())


def _left(counts: Counts, before: Holdings, after: Holdings) -> None:
    counts.connections = before.connections, after.connections
    counts.busy = after.busy
    counts.tasks = before.tasks, after.tasks
    counts.files = before.files, after.files
    counts.grown = (after.memory - before.memory) / 1e6
    names = dict(before.names)
    counts.left_over = {name: n - names.get(name, 0) for name, n in after.names if n > names.get(name, 0)}


def wrong(fault: Fault, counts: Counts, processes: int) -> list[str]:
    """What must not be."""
    told = TOLD if fault.fails else frozenset[str]()
    told |= {HUNG_UP} if fault.kills else frozenset()
    back_within = fault.back_within * SLACK
    checks = {
        f"errors of other kinds: {counts.errors}": counts.errors.keys() <= told,
        f"{counts.lost} acknowledged writes are lost": counts.lost == 0,
        f"{counts.duplicates} writes were done twice": counts.duplicates == 0,
        f"{counts.stale} reads were wrong: {counts.told}": counts.stale == 0,
        f"reads were good again after {counts.read_back:.1f} s": 0 <= counts.read_back <= back_within,
        f"writes were good again after {counts.write_back:.1f} s": 0 <= counts.write_back <= back_within,
        f"a request took {counts.slowest:.1f} s": counts.slowest <= LONGEST * SLACK,
        f"/livez failed {counts.not_live} times": counts.not_live == 0,
        f"/livez took {counts.slowest_live:.1f} s": counts.slowest_live <= 2 * SLACK,
        f"/readyz took {counts.slowest_ready:.1f} s": counts.slowest_ready <= LONGEST * SLACK,
        f"{counts.busy} statements or transactions are left": counts.busy == 0,
        f"{counts.connections[1]} connections are left": counts.connections[1] <= MOST_CONNECTIONS * processes,
        f"tasks are left: {counts.left_over}": counts.tasks[1] <= counts.tasks[0] + 2 * processes,
        f"memory has grown by {counts.grown:.0f} MB": counts.grown <= MOST_GROWN * processes,
        "nothing was written": counts.acknowledged > 0,
    }
    return [what for what, is_well in checks.items() if not is_well]
