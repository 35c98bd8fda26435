"""Finding the rows that a database refuses, in few tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....rejections import Reason, Rejection

Rows = NDArray[np.int64]
"""Positions in a batch, in order."""

SHORTEST_REACH = 64


class Search:
    """Puts rows in by trying ranges of them, until each is in or stands refused alone.

    A refusal that names a row costs one try: the rows before it go in, it is put aside, and the search goes on behind
    it. One that names none is narrowed down by the hint of ``suspects``, or else by halving.

    Args:
        attempt: puts the given rows in, all or none; says why not, with a position among *them* where known.
        suspects: those of the given rows that a refusal without a position is about; none if that is not known.
        hopeless: true for a refusal that every row would meet.
        whole: rows may refer to one another, so a try leaves out no row that may yet go in.
        limit: refused rows after which the search gives up.
    """

    def __init__(
        self,
        attempt: Callable[[Rows], Rejection | None],
        suspects: Callable[[Rows, Rejection], Rows],
        hopeless: Callable[[Rejection], bool],
        *,
        whole: bool,
        limit: int,
    ) -> None:
        self._attempt = attempt
        self._suspects = suspects
        self._hopeless = hopeless
        self._whole = whole
        self._limit = max(limit, 1)
        self._refused: list[Rejection] = []
        self._waiting: list[Rows] = []
        self._reach = SHORTEST_REACH

    def run(self, rows: int) -> list[Rejection]:
        """Refusals of the rows that are not in, by position."""
        self._drain(np.arange(rows))
        while self._whole and (orphans := self._orphans()):
            self._refused = [refused for refused in self._refused if refused.reason is not Reason.FOREIGN_KEY]
            self._drain(np.array(sorted(orphan.position for orphan in orphans)))
            if len(self._orphans()) == len(orphans):
                break
        return sorted(self._refused, key=lambda rejection: rejection.position)

    def _drain(self, rows: Rows) -> None:
        self._waiting, self._reach = [rows] if len(rows) else [], len(rows)
        while self._waiting and len(self._refused) < self._limit:
            tried = self._next()
            rejection = self._attempt(tried)
            if rejection is None:
                self._reach *= 2
            elif self._hopeless(rejection):
                self._refuse(np.concatenate([tried, *self._waiting]), rejection)
                self._waiting = []
            else:
                self._narrow(tried, rejection)
        for left in self._waiting:
            self._refuse(left, self._refused[-1])

    def _orphans(self) -> list[Rejection]:
        """Rows refused for want of another row, which a later try may have brought in."""
        return [refused for refused in self._refused if refused.reason is Reason.FOREIGN_KEY]

    def _next(self) -> Rows:
        """The next rows to try: not many more than lay before the last refusal, since the rest is tried in vain."""
        tried = self._waiting.pop()
        if not self._whole and len(tried) > self._reach:
            self._waiting.append(tried[self._reach :])
            tried = tried[: self._reach]
        return tried

    def _narrow(self, tried: Rows, rejection: Rejection) -> None:
        place = rejection.position
        if place >= 0:
            self._refuse(tried[place : place + 1], rejection)
            self._reach = max(SHORTEST_REACH, 2 * place)
            parts = [np.delete(tried, place)] if self._whole else [tried[place + 1 :], tried[:place]]
        elif len(tried) == 1:
            self._refuse(tried, rejection)
            parts = []
        else:
            parts = self._without_suspects(tried, rejection)
        self._waiting += [part for part in parts if len(part)]

    def _without_suspects(self, tried: Rows, rejection: Rejection) -> list[Rows]:
        found = self._suspects(tried, rejection)
        if not len(found):
            middle = len(tried) // 2
            return [tried[middle:], tried[:middle]]
        self._refuse(found, rejection)
        return [np.setdiff1d(tried, found, assume_unique=True)]

    def _refuse(self, rows: Rows, rejection: Rejection) -> None:
        self._refused += [replace(rejection, position=int(row)) for row in rows]
