"""multiprocessing: a child made by ``spawn`` or ``forkserver`` begins without guards, so each brings its own along.

A forked child has the parent's. Programs started in other ways are the business of ``env-config run``.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

from ...book.model import Book
from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH, Judge, inactive, luggage_of
from .wrapping import Patch, before, part

KEY = "env_config.guards"


class Inherited:
    """The book on its way to a child. Unpickling it puts the guards into force there, before the child's own work.

    A policy that stands on more than its book says itself what a child makes it from.
    """

    __slots__ = ("_judge", "book", "hermetic")

    def __init__(self, book: Book, hermetic: bool, judge: Judge | None = None) -> None:
        self.book, self.hermetic, self._judge = book, hermetic, judge

    def __reduce__(self) -> tuple[Any, ...]:
        own = None if self._judge is None else luggage_of(self._judge)
        return own or (arrive, (self.book, self.hermetic))


def arrive(book: Book, hermetic: bool) -> Inherited:
    """In the child: install the guards, or let the child fail. What the parent's variables said, its own guard has seen.

    Raises:
        GuardInactive: a guard does not bite in the child.
    """
    from ...policy import Policy
    from ..guard import install

    install(Policy(book, hermetic=hermetic), environ={})
    return Inherited(book, hermetic)


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Lay the book into the configuration that every process object takes along."""
    inherited = Inherited(plain_book(checkpoint.judge.book), checkpoint.judge.hermetic, checkpoint.judge)

    def start(process: Any) -> None:
        if process is KEY:
            _check_luggage(checkpoint, inherited)
        process._config[KEY] = inherited

    return [before(checkpoint, "multiprocessing", part("multiprocessing.process").BaseProcess, "start", start)]


def probe() -> None:
    """No process is started: what a child would unpack is unpacked here, and compared."""
    part("multiprocessing.process").BaseProcess.start(KEY)


def plain_book(book: Book) -> Book:
    """The same book with plain mappings: read-only views cannot travel."""
    return replace(book, environments=dict(book.environments), services=dict(book.services), guards=dict(book.guards))


def _check_luggage(checkpoint: Checkpoint, inherited: Inherited) -> None:
    arrived = pickle.loads(pickle.dumps(inherited.book))
    if arrived.foreign != checkpoint.judge.book.foreign:
        raise inactive("multiprocessing", "a child would not get the book that its parent has")
    checkpoint.place(SENTINEL_PATH)
