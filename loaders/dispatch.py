"""How single asks become batches: a `load` only notes its key, and all keys noted so far leave together.

The idea is DataLoader's (https://github.com/graphql/dataloader). What is read, and how rows are put in the keys'
order, stands in `batch.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar

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
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals = 0
        self._seen = 0
        self._quiet = 0

    def arrived(self, loader: "Loader[K, V]", *, first: bool) -> None:
        """Note that a loader got a key; `first` says that it opened a batch."""
        self._arrivals += 1
        if first:
            if not self._waiting:
                self._quiet = 0
                asyncio.get_running_loop().call_soon(self._round)
            self._waiting.append(loader)  # type: ignore[arg-type]

    def close(self) -> None:
        """End what is still running: whoever asked has gone."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    def _round(self) -> None:
        self._quiet = self._quiet + 1 if self._arrivals == self._seen else 0
        self._seen = self._arrivals
        loop = asyncio.get_running_loop()
        if self._waiting and self._quiet < QUIET_ROUNDS:
            loop.call_soon(self._round)
            return
        waiting, self._waiting = self._waiting, []
        for loader in waiting:
            task = loop.create_task(loader.dispatch())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


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
        self._coming: dict[K, asyncio.Future[dict[K, V]]] = {}
        self._batch: dict[K, list[asyncio.Future[V]]] | None = None

    def load(self, key: K) -> asyncio.Future[V]:
        """The value of a key, when its batch has been fetched; raises what the fetch raised.

        Each ask has a future of its own: who gives up cancels it, and must not take the value from the others.
        """
        batch = self._batch
        if batch is None:
            batch = self._batch = {}
            self._scheduler.arrived(self, first=True)
        else:
            self._scheduler.arrived(self, first=False)
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        batch.setdefault(key, []).append(future)
        return future

    def load_many(self, keys: Iterable[K]) -> "asyncio.Future[list[V]]":
        """The values of several keys, in their order."""
        return asyncio.gather(*(self.load(key) for key in keys))

    def prime(self, key: K, value: V) -> None:
        """Give the value of a key that is not known yet, so that it need not be fetched."""
        self._known.setdefault(key, value)

    def clear(self, key: K) -> None:
        """Forget the value of a key, also one that is on its way: the next load fetches it."""
        self._known.pop(key, None)
        self._coming.pop(key, None)

    async def dispatch(self) -> None:
        """Fetch what the open batch lacks, and answer all of it; the scheduler calls this."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        # A failure is remembered by nobody: the next load of the key tries again.
        try:
            values = await self._values(list(batch))
        except asyncio.CancelledError:
            for future in _all(batch):
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever awaits gets it
            _fail(_all(batch), error)
        else:
            for key, futures in batch.items():
                for future in futures:
                    if not future.done():
                        future.set_result(values[key])

    async def _values(self, keys: list[K]) -> dict[K, V]:
        """The values of these keys: those known, those that another batch is fetching, and those that it must fetch."""
        values = {key: self._known[key] for key in keys if key in self._known}
        coming = {key: self._coming[key] for key in keys if key in self._coming and key not in values}
        missing = [key for key in keys if key not in values and key not in coming]
        if missing:
            values.update(await self._fetch_missing(missing))
        for key, fetched in coming.items():
            values[key] = (await asyncio.shield(fetched))[key]
        return values

    async def _fetch_missing(self, keys: list[K]) -> dict[K, V]:
        """Fetch these keys; other batches may wait for them meanwhile."""
        on_its_way: asyncio.Future[dict[K, V]] = asyncio.get_running_loop().create_future()
        self._coming.update(dict.fromkeys(keys, on_its_way))
        try:
            fetched = dict(matched(self.name, keys, await self._fetch(keys)))
        except asyncio.CancelledError:
            on_its_way.cancel()
            raise
        except Exception as error:
            _fail([on_its_way], error)
            raise
        else:
            on_its_way.set_result(fetched)
            self._known.update((key, fetched[key]) for key in keys if self._coming.get(key) is on_its_way)
            return fetched
        finally:
            for key in keys:
                if self._coming.get(key) is on_its_way:
                    del self._coming[key]


class BatchError(Exception):
    """A fetch did not keep its contract."""


def matched(name: str, keys: Sequence[K], values: Sequence[V]) -> Iterator[tuple[K, V]]:
    """Each key with its value.

    Raises:
        BatchError: there are more or fewer values than keys.

    """
    if len(values) != len(keys):
        raise BatchError(
            f"{name} must answer one value for each key, in the order of the keys: "
            f"it was given {len(keys)} keys ({_some(keys)}) and answered {len(values)} values ({_some(values)})"
        )
    return zip(keys, values, strict=True)


def _all(batch: dict[K, list["asyncio.Future[V]"]]) -> Iterator["asyncio.Future[V]"]:
    return chain.from_iterable(batch.values())


def _fail(futures: Iterable["asyncio.Future[V]"], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
            # Read once here, so that nothing complains where the asker is gone.
            future.exception()


def _some(values: Sequence[object]) -> str:
    return ", ".join(repr(value) for value in values[:3]) + (" …" if len(values) > 3 else "")  # noqa: PLR2004
