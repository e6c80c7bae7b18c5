"""What answers tell of the time they took: `Server-Timing` (https://www.w3.org/TR/server-timing/)."""

from time import perf_counter

from core.observation import Observation

HEADER = b"server-timing"


def timing(began: float, observation: Observation | None, *, parts: bool) -> tuple[bytes, bytes]:
    """The header; times are milliseconds. `began` is of `perf_counter`; with `parts`, what was waited for, too.

    What went on side by side is added up: parts may be more than the whole.
    """
    total = b"total;dur=%.1f" % ((perf_counter() - began) * 1000)
    if observation is None or not parts:
        return HEADER, total
    told = [total]
    if observation.cache is not None:
        told.append(b"cache;desc=" + observation.cache.encode())
    for name, times in ((b"sql", observation.statement_ns), (b"redis", observation.redis_ns)):
        if times:
            told.append(b'%b;dur=%.1f;desc="%d"' % (name, sum(times) / 1e6, len(times)))
    if observation.batches:
        took = sum(nanoseconds for _, _, nanoseconds in observation.batches)
        told.append(b'load;dur=%.1f;desc="%d"' % (took / 1e6, len(observation.batches)))
    if observation.traceparent is not None:
        # As pages find it who trace themselves.
        told.append(b'traceparent;desc="' + observation.traceparent.encode() + b'"')
    return HEADER, b", ".join(told)
