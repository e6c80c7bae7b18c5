"""Metrics as Prometheus reads them: what is declared of each, what was read of it, and the text.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, version 0.0.4.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Literal

from prometheus_client import GC_COLLECTOR, ProcessCollector, generate_latest
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
WORKER = "worker"
"""The label that tells the processes of one server apart: 0, 1, …; who takes the place of another has his number."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is declared of one metric; `name` as it is queried, but for a histogram's `_bucket`, `_sum` and `_count`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    description: str
    labels: tuple[str, ...] = ()


class Histogram:
    """How often values were how large, for one set of labels; `bounds` are the upper ones of the buckets, rising."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum: float = 0

    def observe(self, value: float) -> None:
        """Add one value; a bound belongs to the bucket below it."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def copy(self) -> "Histogram":
        """As it is now."""
        copied = Histogram(self.bounds)
        copied.counts, copied.sum = list(self.counts), self.sum
        return copied

    def buckets(self) -> list[tuple[str, float]]:
        """For each bound how many values were no larger."""
        names = [*(str(float(bound)) for bound in self.bounds), "+Inf"]
        return list(zip(names, accumulate(self.counts), strict=True))


Value = float | Histogram
Reading = tuple[Metric, Iterable[tuple[tuple[str, ...], Value]]]
"""A metric, and its values by those of its labels."""
Reader = Callable[[], Iterable[Reading]]
"""Reads counters that others keep, when somebody asks for metrics."""


class Metrics:
    """The metrics of one application, read when they are asked for; with those of the process that it runs in."""

    def __init__(self) -> None:
        self._readers: list[Reader] = []
        self._process = ProcessCollector(registry=None)

    def read_from(self, reader: Reader) -> None:
        """Ask this reader, too; no two of them tell of one metric."""
        self._readers.append(reader)

    async def text(self, worker: str) -> bytes:
        """All of them, in the words of Prometheus. They are read at once; what takes longer is done beside the loop."""
        read = [(metric, [(labels, _still(value)) for labels, value in values]) for metric, values in self._read()]
        return await asyncio.to_thread(self._text_of, read, worker)

    def _read(self) -> Iterator[Reading]:
        for reader in self._readers:
            yield from reader()

    def _text_of(self, read: Iterable[Reading], worker: str) -> bytes:
        ours = (family_of(metric, values) for metric, values in read)
        # Memory, CPU, files and collections of garbage, by the library's own names.
        return text_of(chain(ours, self._process.collect(), GC_COLLECTOR.collect()), worker)


def family_of(metric: Metric, values: Iterable[tuple[tuple[str, ...], Value]]) -> Family:
    """A metric and its values, as the library has them."""
    # It adds `_total` to the name of a counter again.
    name = metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(name, metric.description, labels=metric.labels)
        for labels, value in values:
            assert isinstance(value, Histogram)
            histogram.add_metric(labels, value.buckets(), value.sum)
        return histogram
    simple = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = simple(name, metric.description, labels=metric.labels)
    for labels, value in values:
        assert not isinstance(value, Histogram)
        family.add_metric(labels, value)
    return family


def text_of(families: Iterable[Family], worker: str | None = None) -> bytes:
    """Their text; of a worker, if one is named."""
    return generate_latest(_Fixed(families, {} if worker is None else {WORKER: worker}))


def _still(value: Value) -> Value:
    """One that nobody changes any more."""
    return value.copy() if isinstance(value, Histogram) else value


class _Fixed(Collector):
    """Families that were read already, each of their samples with some labels more."""

    def __init__(self, families: Iterable[Family], labels: dict[str, str]) -> None:
        self._families = families
        self._labels = labels

    def collect(self) -> Iterable[Family]:
        for family in self._families:
            if self._labels:
                family.samples = [one._replace(labels={**one.labels, **self._labels}) for one in family.samples]
            yield family
