"""Where a process finds its books and the keys they are held against."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import BookRefused, EnvironmentRefused, Refusal
from ..trust import Trust
from .codec import open_sealed
from .model import Book

BOOK_VARIABLE = "ENV_CONFIG_BOOK"
"""The folder of compiled books: one ``<environment>.json`` each, with ``trust.json`` beside them."""
TRUST_VARIABLE = "ENV_CONFIG_TRUST"
"""The file of trusted keys, where it does not lie beside the books."""
TRUST_FILE = "trust.json"


class Shelf:
    """A folder of compiled books, or one book's file.

    Args:
        book: the folder or file; None reads ``ENV_CONFIG_BOOK``.
        trust: the file of trusted keys; None reads ``ENV_CONFIG_TRUST``, else takes ``trust.json`` beside the book.
        environ: the process's variables.
        clock: seconds since 1970, for the books' expiry.
    """

    def __init__(
        self,
        book: str | os.PathLike[str] | None,
        trust: str | os.PathLike[str] | None,
        environ: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        where = book or environ.get(BOOK_VARIABLE)
        if not where:
            raise BookRefused(code="BOOK_MISSING")
        self._path = Path(where)
        folder = self._path if self._path.is_dir() else self._path.parent
        self._trust_file = Path(trust or environ.get(TRUST_VARIABLE) or folder / TRUST_FILE)
        self._clock = clock
        self._trust: Trust | None = None

    @property
    def trust(self) -> Trust:
        """The trusted keys.

        Raises:
            BookRefused: BOOK_MISSING if there is no book or no such file, BOOK_SIGNATURE if it cannot be read.
        """
        if self._trust is None:
            if not self._path.exists():
                raise BookRefused("there is no book", code="BOOK_MISSING", target=str(self._path))
            self._trust = Trust.load(self._trust_file)
        return self._trust

    def any_book(self, declared: str) -> tuple[Path, Book]:
        """The book of the declared name if a file is called so, else any: each knows all names and aliases.

        Returns:
            Its file, and the book.

        Raises:
            BookRefused: there is none, or it cannot be used.
        """
        if not self._path.is_dir():
            return self._path, self._opened(self._path)
        try:
            names = sorted(one.name for one in self._path.iterdir() if one.suffix == ".json" and one.name != TRUST_FILE)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if not names:
            raise BookRefused("the folder holds no compiled book", code="BOOK_MISSING", target=str(self._path))
        wanted = f"{declared.strip().lower()}.json"
        path = self._path / (wanted if wanted in names else names[0])
        return path, self._opened(path)

    def book_of(self, environment: str, opened: tuple[Path, Book] | None = None) -> Book:
        """The book of an environment, by its canonical name.

        Args:
            environment: whose.
            opened: what :meth:`any_book` has just opened, so that the same file is not read and verified again.

        Raises:
            BookRefused: there is none, or it cannot be used.
            EnvironmentRefused: ENV_CONFLICT if what stands in its place is another environment's.
        """
        path = self._path / f"{environment}.json" if self._path.is_dir() else self._path
        book = opened[1] if opened is not None and opened[0] == path else self._opened(path)
        if book.environment != environment:
            # A copy under a wrong name would make this process one of the other environment, guards and all.
            raise EnvironmentRefused(
                f"this book is another environment's, not that of {environment}",
                code="ENV_CONFLICT",
                environment=environment,
                target=str(path),
                rule="book-environment",
                hint=f"put the book of {environment} there; `env-config compile` names each file after its environment",
            )
        return book

    def _opened(self, path: Path) -> Book:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from error
        try:
            return open_sealed(raw, self.trust, now=int(self._clock()))
        except Refusal as refusal:
            refusal.target = refusal.target or str(path)
            raise


def _unreadable(path: Path, error: OSError) -> BookRefused:
    return BookRefused(f"the book cannot be read: {error.strerror}", code="BOOK_MISSING", target=str(path))
