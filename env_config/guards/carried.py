"""A refusal inside a client's own exception: what the caller is to see is the refusal.

Libraries turn what a socket raises into exceptions of their own, and some keep only the words of it: where several
addresses were tried, asyncio raises one new OSError for all. So the refusals of a call are also noted while it runs.
"""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Iterator
from contextvars import ContextVar

from ..errors import Refusal

_NOTES: ContextVar[tuple[list[Refusal], ...]] = ContextVar("env_config_refusals", default=())


def note(refusal: Refusal) -> None:
    """Every call that runs around this place hears of the refusal."""
    for notes in _NOTES.get():
        notes.append(refusal)


class Call:
    """One call of a client's function, from outside.

    What was being handled when the call began is not the call's: Python lays it under every error that comes after.
    """

    def __init__(self, notes: list[Refusal]) -> None:
        self._notes = notes
        self._earlier = {id(one) for one in chain(sys.exc_info()[1])}

    def refusal_in(self, error: BaseException) -> Refusal | None:
        """The refusal that an error of this call carries or hides, to be raised from the error; None if there is none."""
        errors = list(chain(error, self._earlier))
        found = next((one for one in errors if isinstance(one, Refusal)), None)
        if found is None and any(isinstance(one, OSError) for one in errors):
            found = next(iter(self._notes), None)
        # Another object, because an error that leads to itself sends those who follow causes in circles.
        return None if found is None else copy.copy(found)


@contextlib.contextmanager
def call() -> Iterator[Call]:
    """Note the refusals of what happens inside, tasks that it starts included; threads are not."""
    notes: list[Refusal] = []
    token = _NOTES.set((*_NOTES.get(), notes))
    try:
        yield Call(notes)
    finally:
        with contextlib.suppress(ValueError):  # a coroutine that is closed elsewhere than where it began
            _NOTES.reset(token)


def chain(error: BaseException | None, left_out: set[int] | None = None) -> Iterator[BaseException]:
    """An error, its causes, and the errors that it holds in its arguments or attributes, each once."""
    seen = set(left_out or ())
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, *one.args, getattr(one, "reason", None)]
        waiting += getattr(one, "exceptions", None) or ()
