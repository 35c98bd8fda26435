"""Finding the rows of a batch that a database refuses, while the others go in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..rejections import Rejection, RowsRejected


def append_each(append: Callable[[int, int], None], rows: int, *, limit: int) -> list[Rejection]:
    """Append the rows [0, rows) in order, dividing what is refused until each refused row stands alone.

    Where a refusal says which row it was, the batch is divided around that row, otherwise in halves.

    Args:
        append: puts in the rows [start, stop) as a whole, or raises :class:`RowsRejected` and leaves nothing.
        rows: how many there are.
        limit: after so many refusals no further row is tried.

    Returns:
        A rejection for each row that is not in, with its position; rows not tried have the last one's reason.
    """
    refused: list[Rejection] = []
    waiting = [(0, rows)]
    while waiting:
        start, stop = waiting.pop()
        if start == stop:
            continue
        try:
            append(start, stop)
        except RowsRejected as refusal:
            if stop - start > 1:
                waiting.extend(reversed(_divided(start, stop, refusal.rejection.position)))
                continue
            refused.append(replace(refusal.rejection, position=start))
            if len(refused) >= limit:
                break
    untried = [position for span in reversed(waiting) for position in range(*span)]
    return refused + [replace(refused[-1], position=position) for position in untried]


def _divided(start: int, stop: int, guilty: int) -> tuple[tuple[int, int], ...]:
    row = start + guilty
    if guilty >= 0 and row < stop:
        return (start, row), (row, row + 1), (row + 1, stop)
    middle = (start + stop) // 2
    return (start, middle), (middle, stop)
