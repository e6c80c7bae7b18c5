"""The garbage collector, as a server needs it.

What stands after the start (modules, schema, statements: some hundred thousand objects) stays until the end. A full
collection looks at all of it, and takes two tenths of a second in which nobody is served. So it is set aside. What a
request makes goes away by itself when it ends, but for a few cycles: the collector may come seldom.
"""

import gc

THRESHOLDS = (20_000, 20, 50)
"""Objects made and not gone before the youngest are looked at, and how often that before older ones are.

Measured with the feed of `bench.responses`: with Python's own 700, a tenth of a request's time goes to the collector.
"""


def spare_what_stays() -> None:
    """Set aside all that is there, and let the collector come seldom from here on. Takes some tenths of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
