"""Ordered execution: results in the order of the tasks, few tasks in flight, errors handed on."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from os import getpid

import pytest

from generators import Digest, Run, compile_dataset, digest_range, ordered, partition
from generators.spec import DatasetSpec
from tests.generators.specimens import DAY, digests, run_of, town


def slower_first(task: int) -> tuple[int, int]:
    time.sleep(0.05 if task == 0 else 0)
    return task, getpid()


def fail_at_three(task: int) -> int:
    if task == 3:
        raise LookupError("task 3 went wrong")
    return task


def part_of_town(task: tuple[DatasetSpec, int, int]) -> dict[str, Digest]:
    spec, start, stop = task
    return digest_range(Run(compile_dataset(spec), 1, 300, DAY, DAY), start, stop)


class Watched:
    """Tasks that remember how many were taken."""

    def __init__(self, count: int) -> None:
        self.count, self.taken = count, 0

    def __iter__(self) -> Iterator[int]:
        for task in range(self.count):
            self.taken += 1
            yield task


def test_results_keep_the_order_of_tasks() -> None:
    """A slow first task holds back the results of later ones, which other processes have made."""
    results = list(ordered(slower_first, range(9), 2))
    assert [task for task, _ in results] == list(range(9))
    assert getpid() not in {process for _, process in results}


@pytest.mark.parametrize("ahead", [1, 2])
def test_few_tasks_are_in_flight(ahead: int) -> None:
    """No more than workers times ``ahead`` tasks are taken beyond the results that were fetched."""
    tasks = Watched(12)
    for fetched, (task, _) in enumerate(ordered(slower_first, tasks, 2, ahead=ahead)):
        assert task == fetched
        assert tasks.taken <= fetched + 2 * ahead


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_task_reaches_the_caller(workers: int) -> None:
    """Results before the failing task arrive, then its own exception, and nothing after it."""
    results = ordered(fail_at_three, range(10), workers)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError, match="task 3 went wrong"):
        next(results)
    assert list(results) == []


def test_one_worker_is_this_process() -> None:
    """Without parallelism no process is started, and tasks are taken one by one."""
    tasks = Watched(5)
    results = ordered(slower_first, tasks, 1)
    assert next(results) == (0, getpid())
    assert tasks.taken == 1


def test_results_that_nobody_fetches_do_not_hang() -> None:
    """A caller that stops early ends the processes."""
    results = ordered(slower_first, range(100), 2)
    assert next(results)[0] == 0
    results.close()  # type: ignore[attr-defined]


def test_a_definition_travels_to_other_processes() -> None:
    """A spec survives pickling, and spawned processes make the rows that this one makes."""
    assert pickle.loads(pickle.dumps(town())) == town()
    whole = digests(run_of())
    total = {name: Digest() for name in whole}
    for found in ordered(part_of_town, [(town(), *partition(300, index, 4)) for index in range(4)], 2):
        for name, digest in found.items():
            total[name] += digest
    assert total == whole
