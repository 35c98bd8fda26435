"""Ordered execution in several processes: results come in the order of the tasks, and few tasks are ever in flight."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def ordered(
    function: Callable[[Task], Result], tasks: Iterable[Task], workers: int, *, ahead: int = 2
) -> Iterator[Result]:
    """``map(function, tasks)`` in ``workers`` processes; at most ``workers * ahead`` tasks are started or waiting.

    Processes are spawned, not forked: forking a process with threads (Arrow's pool) can deadlock.
    """
    if workers <= 1:
        yield from map(function, tasks)
        return
    waiting: deque[Future[Result]] = deque()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(function, task))
                if len(waiting) >= workers * ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
