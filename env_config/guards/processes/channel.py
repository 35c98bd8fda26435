"""How the guarded tree asks its supervisor: two ways, one shape."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from .decisions import Decisions

FileActions = Sequence[tuple[int, ...]]
"""What ``posix_spawn`` does to descriptors before the program starts."""


class Channel(Protocol):
    """One way of asking.

    Attributes:
        name: ``seccomp`` or ``preload``.
        descriptor: readable when somebody asks.
    """

    @property
    def name(self) -> str: ...

    @property
    def descriptor(self) -> int: ...

    def objection(self, program: str) -> str:
        """Why this way cannot guard a program, or an empty string."""

    def spawn(self, program: str, argv: Sequence[str], start: Start) -> int:
        """Start a program that has to ask, and everything that it starts."""

    def started(self) -> None:
        """Nothing more will be spawned."""

    def answer(self, decisions: Decisions) -> None:
        """Answer whoever asks."""

    def close(self) -> None:
        """Stop answering: whoever still asks is refused."""


class Start:
    """How a program is started.

    Args:
        environ: its variables.
        mask: the signals that were blocked before the supervisor blocked its own.
        files: what to do to descriptors.
    """

    def __init__(self, environ: Mapping[str, str], mask: Collection[int] = (), files: FileActions = ()) -> None:
        self.environ = dict(environ)
        self.mask = set(mask)
        self.files = files

    def __call__(self, program: str, argv: Sequence[str]) -> int:
        """Start it, as its parent's shell would have: Python's own changes to signals are taken back."""
        return os.posix_spawn(
            program,
            list(argv),
            self.environ,
            setsigmask=self.mask,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
            file_actions=self.files,
        )


Opener = Callable[[], Channel]
"""Opens a channel, or raises OSError saying why it cannot."""
