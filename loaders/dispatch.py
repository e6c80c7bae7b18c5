"""How single asks become batches: a `load` only notes its key, and all keys noted so far leave together.

The idea is DataLoader's (https://github.com/graphql/dataloader). What is read, and how rows are put in the keys'
order, stands in `batch.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Sequence
from typing import Generic, NoReturn, TypeVar

from core.observation import current
from loaders.coming import Coming, fail_all
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

    async def leave(self) -> None:
        """Let all open batches leave now, for whoever asked knows that nothing more comes; and wait for their answers.

        Who is cancelled here cancels the batches, too.
        """
        waiting = self._taken()
        if len(waiting) == 1:
            await waiting[0].dispatch()
        elif waiting:
            await side_by_side([loader.dispatch() for loader in waiting])

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


class Batch(Generic[K, V]):
    """Keys that leave together, and their values when these have come."""

    __slots__ = ("_answered", "_error", "_futures", "_values", "keys")

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self._futures: list[tuple[K, asyncio.Future[V]]] = []
        self._values: dict[K, V] | None = None
        self._error: BaseException | None = None
        self._answered: asyncio.Future[None] | None = None

    def add(self, key: K) -> asyncio.Future[V]:
        """Ask for one key; its future is answered with the batch."""
        self.keys[key] = None
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._futures.append((key, future))
        return future

    def answers(self, keys: Sequence[K]) -> list[V]:
        """The values of keys that were asked for; raises what the fetch raised. Only after the batch was answered."""
        if self._error is not None:
            raise self._error
        assert self._values is not None, "the batch has not left"
        return list(map(self._values.__getitem__, keys))

    async def answered(self) -> None:
        """Wait until there are answers."""
        if self._values is None and self._error is None:
            if self._answered is None:
                self._answered = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._answered)

    def succeed(self, values: dict[K, V]) -> None:
        """Answer everybody."""
        self._values = values
        for key, future in self._futures:
            if not future.done():
                future.set_result(values[key])
        self._tell()

    def fail(self, error: Exception) -> None:
        """Tell everybody what went wrong."""
        self._error = error
        fail_all((future for _, future in self._futures), error)
        self._tell()

    def cancel(self) -> None:
        """Nobody will be answered."""
        self._error = asyncio.CancelledError()
        for _, future in self._futures:
            future.cancel()
        if self._answered is not None:
            self._answered.cancel()

    def _tell(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)


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
        self._coming: list[Coming[K, V]] = []
        self._batch: Batch[K, V] | None = None

    def load(self, key: K) -> asyncio.Future[V]:
        """The value of a key, when its batch has been fetched; raises what the fetch raised.

        Each ask has a future of its own: who gives up cancels it, and must not take the value from the others.
        """
        batch = self._open()
        self._scheduler.leave_soon()
        return batch.add(key)

    def load_column(self, keys: Iterable[K]) -> Batch[K, V]:
        """Ask for many keys at once, without a future for each: the batch will have their values.

        It leaves with the next that is asked for by `load`, or when the scheduler is told.
        """
        batch = self._open()
        if batch.keys:
            batch.keys.update(dict.fromkeys(keys))
        else:
            batch.keys = dict.fromkeys(keys)
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
        for coming in self._coming:
            coming.clear(key)

    async def dispatch(self) -> None:
        """Fetch what the open batch lacks, and answer all of it; the scheduler calls this."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        # A failure is remembered by nobody: the next load of the key tries again.
        try:
            keys = batch.keys
            if self._coming or not self._known.keys().isdisjoint(keys):
                values = await self._values(keys)
            else:
                values = await self._fetch_missing(keys)
        except asyncio.CancelledError:
            batch.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever awaits gets it
            batch.fail(error)
        else:
            batch.succeed(values)

    def _open(self) -> Batch[K, V]:
        """The batch that keys are added to, opened by the first of them."""
        self._scheduler.arrivals += 1
        batch = self._batch
        if batch is None:
            batch = self._batch = Batch()
            self._scheduler.opened(self)
        return batch

    async def _values(self, keys: Collection[K]) -> dict[K, V]:
        """The values of these keys: those known, those that another batch is fetching, and those that it must fetch."""
        values: dict[K, V] = {}
        coming: dict[K, asyncio.Future[dict[K, V]]] = {}
        missing: dict[K, None] = {}
        for key in keys:
            if key in self._known:
                values[key] = self._known[key]
            elif (on_its_way := next((one for one in self._coming if one.has(key)), None)) is not None:
                coming[key] = on_its_way.fetched()
            else:
                missing[key] = None
        if missing:
            values.update(await self._fetch_missing(missing))
        for key, fetched in coming.items():
            values[key] = (await asyncio.shield(fetched))[key]
        return values

    async def _fetch_missing(self, keys: Collection[K]) -> dict[K, V]:
        """Fetch these keys; other batches may wait for them meanwhile."""
        asked = list(keys)
        coming: Coming[K, V] = Coming(keys)
        self._coming.append(coming)
        observation = current()
        begun = 0 if observation is None else observation.begin_batch(self.name, len(asked))
        try:
            found = await self._fetch(asked)
            if len(found) != len(asked):
                refuse(self.name, asked, found)
            fetched = dict(zip(asked, found, strict=True))
        except asyncio.CancelledError:
            coming.cancel()
            raise
        except Exception as error:
            coming.fail(error)
            raise
        else:
            coming.succeed(fetched)
            # What was cleared meanwhile is not known.
            cleared = coming.cleared
            self._known.update({key: fetched[key] for key in asked if key not in cleared} if cleared else fetched)
            return fetched
        finally:
            self._coming.remove(coming)
            if observation is not None:
                observation.end_batch(self.name, len(asked), begun)


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
