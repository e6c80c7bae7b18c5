"""How single asks become batches: a `load` only notes its key, and all keys noted so far leave together.

The idea is DataLoader's (https://github.com/graphql/dataloader). What is read, and how rows are put in the keys'
order, stands in `batch.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Sequence
from typing import Generic, NoReturn, TypeVar

from core.observation import current
from loaders.batches import Batch
from loaders.strands import side_by_side

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Fetch = Callable[[list[K]], Awaitable[Sequence[V]]]
"""Takes the keys of a batch, each once; answers a value for each, in their order."""

QUIET_ROUNDS = 3
"""Rounds of the event loop without a new key, after which the batches of a request leave."""


class Scheduler:
    """Decides when the batches of one request leave.

    A resolver reaches its `load` some rounds of the event loop after its siblings: a list is gathered inside a list,
    a field that is awaited alone takes a shorter way than two, a sibling finds its row in the cache and hurries on.
    A batch that left at the first opportunity would be torn into several, and their number would depend on the data.
    So the batches wait until no key has come for some rounds. That costs a few microseconds, for no round waits for
    anything: while rows are on their way, other batches go on. All loaders of a request leave together, so a level of
    the query becomes statements that run side by side.
    """

    def __init__(self) -> None:
        self._waiting: list[Loader[object, object]] = []
        self._next_round: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.arrivals = 0
        """How often a loader was asked so far; it counts up itself."""
        self._seen = 0
        self._quiet = 0

    def opened(self, loader: "Loader[K, V]") -> None:
        """Note that a loader has opened a batch."""
        self._waiting.append(loader)  # type: ignore[arg-type]

    def leave_soon(self) -> None:
        """Let all open batches leave when no more keys come."""
        if self._waiting and self._next_round is None:
            self._quiet = 0
            self._next_round = asyncio.get_running_loop().call_soon(self._round)

    def leave(self) -> Awaitable[None]:
        """Let all open batches leave now, for whoever asked knows that nothing more comes; and wait for their answers.

        Who is cancelled here cancels the batches, too.
        """
        waiting = self._taken()
        return waiting[0].dispatch() if len(waiting) == 1 else side_by_side([one.dispatch() for one in waiting])

    def close(self) -> None:
        """End what is still running: whoever asked has gone."""
        self._taken()
        for task in self._tasks:
            task.cancel()

    def _round(self) -> None:
        self._quiet = self._quiet + 1 if self.arrivals == self._seen else 0
        self._seen = self.arrivals
        loop = asyncio.get_running_loop()
        if self._waiting and self._quiet < QUIET_ROUNDS:
            self._next_round = loop.call_soon(self._round)
            return
        for loader in self._taken():
            task = loop.create_task(loader.dispatch())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _taken(self) -> "list[Loader[object, object]]":
        """All loaders with an open batch, for which no round needs to be waited any more."""
        if self._next_round is not None:
            self._next_round.cancel()
            self._next_round = None
        waiting, self._waiting = self._waiting, []
        return waiting


class Loader(Generic[K, V]):
    """Values by key, for one request: batched, and each key fetched once.

    All keys of a batch are answered together, also those whose value was known before: else what hangs from a known
    row would be asked for earlier than what hangs from its siblings, and would need a statement of its own.
    """

    def __init__(self, name: str, fetch: Fetch[K, V], scheduler: Scheduler) -> None:
        self.name = name
        self._fetch = fetch
        self._scheduler = scheduler
        self._known: dict[K, V] = {}
        self._leaving: list[Batch[K, V]] = []
        """Those that were not answered yet."""
        self._batch: Batch[K, V] | None = None

    def load(self, key: K) -> asyncio.Future[V]:
        """The value of a key, when its batch has been fetched; raises what the fetch raised.

        Each ask has a future of its own: who gives up cancels it, and must not take the value from the others.
        """
        batch = self._opened({}) if self._batch is None else self._batch
        self._scheduler.arrivals += 1
        self._scheduler.leave_soon()
        return batch.add(key)

    def load_column(self, keys: Iterable[K]) -> Batch[K, V]:
        """Ask for many keys at once, without a future for each: the batch will have their values.

        It leaves with the next that is asked for by `load`, or when the scheduler is told.
        """
        self._scheduler.arrivals += 1
        batch = self._batch
        if batch is None:
            return self._opened(dict.fromkeys(keys))
        batch.keys.update(dict.fromkeys(keys))
        return batch

    def load_many(self, keys: Iterable[K]) -> "asyncio.Future[list[V]]":
        """The values of several keys, in their order."""
        return asyncio.gather(*(self.load(key) for key in keys))

    def prime(self, key: K, value: V) -> None:
        """Give the value of a key that is not known yet, so that it need not be fetched."""
        self._known.setdefault(key, value)

    def clear(self, key: K) -> None:
        """Forget the value of a key, also one that is on its way: the next load fetches it."""
        self._known.pop(key, None)
        for batch in self._leaving:
            batch.clear(key)

    async def dispatch(self) -> None:
        """Fetch what the open batch lacks, and answer all of it; the scheduler calls this."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        if not self._leaving and self._known.keys().isdisjoint(batch.keys):
            await self._fetch_all(batch)
            return
        try:
            values = await self._values(batch.keys)
        except asyncio.CancelledError:
            batch.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever awaits gets it
            batch.fail(error)
        else:
            batch.succeed(values)

    def _opened(self, keys: dict[K, None]) -> Batch[K, V]:
        """A batch that more keys may be added to."""
        batch = self._batch = Batch(keys)
        self._scheduler.opened(self)
        return batch

    async def _values(self, keys: Collection[K]) -> dict[K, V]:
        """The values of these keys: those known, those that another batch is fetching, and those that it must fetch."""
        values: dict[K, V] = {}
        coming: dict[K, Batch[K, V]] = {}
        missing: dict[K, None] = {}
        for key in keys:
            if key in self._known:
                values[key] = self._known[key]
            elif (on_its_way := next((one for one in self._leaving if one.has(key)), None)) is not None:
                coming[key] = on_its_way
            else:
                missing[key] = None
        if missing:
            lacking: Batch[K, V] = Batch(missing)
            await self._fetch_all(lacking)
            values.update(zip(missing, lacking.answers(missing), strict=True))
        for key, batch in coming.items():
            await batch.answered()
            [values[key]] = batch.answers([key])
        return values

    async def _fetch_all(self, batch: Batch[K, V]) -> None:
        """Fetch all keys of a batch, and answer it. A failure is remembered by nobody: the next load tries again."""
        keys = list(batch.keys)
        self._leaving.append(batch)
        observation = current()
        begun = 0 if observation is None else observation.begin_batch(self.name, len(keys))
        try:
            found = await self._fetch(keys)
            if len(found) != len(keys):
                refuse(self.name, keys, found)
            values = dict(zip(keys, found, strict=True))
        except asyncio.CancelledError:
            batch.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever awaits gets it
            batch.fail(error)
        else:
            # What was cleared meanwhile is not known.
            cleared = batch.cleared
            self._known.update({key: values[key] for key in keys if key not in cleared} if cleared else values)
            batch.succeed(values)
        finally:
            self._leaving.remove(batch)
            if observation is not None:
                observation.end_batch(self.name, len(keys), begun)


class BatchError(Exception):
    """A fetch did not keep its contract."""


def refuse(name: str, keys: Sequence[object], values: Sequence[object]) -> NoReturn:
    """Say what is wrong where there are more or fewer values than keys.

    Raises:
        BatchError: always.

    """
    raise BatchError(
        f"{name} must answer one value for each key, in the order of the keys: "
        f"it was given {len(keys)} keys ({_some(keys)}) and answered {len(values)} values ({_some(values)})"
    )


def _some(values: Sequence[object]) -> str:
    return ", ".join(repr(value) for value in values[:3]) + (" …" if len(values) > 3 else "")  # noqa: PLR2004
