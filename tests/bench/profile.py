"""``python -m tests.bench.profile [TABLE]``: where the time goes, column by column, in processor time of one thread."""

from __future__ import annotations

import sys
import time
from collections import Counter

import pyarrow as pa

from generators import Run, generate
from generators.engine import Column, Table
from generators.engine.block import Block
from seeds.cli.render import say
from seeds.cli.render import table as aligned
from seeds.dataset import load_dataset

_UNITS = 400_000
_SHOWN = 20


class _Stopwatch:
    """Exclusive time of each column: what a column spends on making the columns it reads is theirs."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner: list[float] = []

    def timed(self, make, block: Block, table: Table, column: Column) -> pa.Array:  # type: ignore[no-untyped-def]
        started = time.thread_time()
        self._inner.append(0.0)
        values = make(block, table, column)
        whole = time.thread_time() - started
        self.spent[f"{table.name}.{column.name}"] += whole - self._inner.pop()
        if self._inner:
            self._inner[-1] += whole
        return values


def main(table: str) -> None:
    """Generate one table of the borough and print nanoseconds a row for its slowest columns."""
    dataset = load_dataset("borough")
    run = Run(dataset, 1, _UNITS, dataset.spec.as_of, dataset.spec.as_of)
    for _ in generate(run, tables={table}):
        pass
    stopwatch, make = _Stopwatch(), Block._make
    Block._make = lambda *arguments: stopwatch.timed(make, *arguments)  # type: ignore[method-assign]
    started = time.thread_time()
    rows = sum(item.batch.num_rows for item in generate(run, tables={table}))
    whole = time.thread_time() - started
    slowest = stopwatch.spent.most_common(_SHOWN)
    say(aligned(["column", "ns a row"], [(name, round(spent / rows * 1e9)) for name, spent in slowest]))
    say(f"\n{round(whole / rows * 1e9)} ns a row in all, {rows / whole:,.0f} rows/s")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "person")
