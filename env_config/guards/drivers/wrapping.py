"""Putting a check in front of a client library's own functions, and seeing whether it is still there."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType
from typing import Any

from ...errors import Refusal
from .. import carried
from ..checkpoint import Checkpoint

_ABSENT = object()


def part(name: str) -> Any:
    """A module of a library that has been imported; its parts may still wait to be."""
    return importlib.import_module(name)


@dataclass(slots=True)
class Patch:
    """One attribute that was replaced.

    Attributes:
        owner: the module or class.
        name: the attribute.
        original: what ``owner`` itself held, or nothing if it inherited the attribute.
        replacement: what it holds now.
        code: the replacement's code object, if it is a function.
    """

    owner: Any
    name: str
    original: object
    replacement: object
    code: CodeType | None = None

    @property
    def holds(self) -> bool:
        """The replacement is in its place, and its code is what it was."""
        found = vars(self.owner).get(self.name, _ABSENT)
        return found is self.replacement and getattr(_function(found), "__code__", None) is self.code

    def undo(self) -> None:
        """Put the original back."""
        if self.original is _ABSENT:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.original)


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> Patch:
    """Replace an attribute by ``make(plain function)``; class and static methods stay what they are."""
    original = vars(owner).get(name, _ABSENT)
    raw = inspect.getattr_static(owner, name)
    replacement: object
    if isinstance(raw, classmethod):
        replacement = classmethod(make(raw.__func__))
    elif isinstance(raw, staticmethod):
        replacement = staticmethod(make(raw.__func__))
    else:
        replacement = make(raw)
    setattr(owner, name, replacement)
    return Patch(owner, name, original, replacement, getattr(_function(replacement), "__code__", None))


def around(checkpoint: Checkpoint, owner: Any, name: str, *, login: bool = False) -> Patch:
    """Let a refusal come out of a client's function as it is, whatever exception the client has made of it.

    Args:
        checkpoint: tells what a failed login means.
        owner: module or class.
        name: the attribute to wrap.
        login: the function logs in to a database, so its errors may say that the server is another environment's.
    """
    return replace(owner, name, lambda function: frank(checkpoint, function, login=login))


def frank(checkpoint: Checkpoint, function: Any, *, login: bool = False) -> Any:
    """The function, with refusals as they are; see :func:`around`."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waits(*arguments: Any, **keywords: Any) -> Any:
            with _honest(checkpoint, login):
                return await function(*arguments, **keywords)

        return waits

    @functools.wraps(function)
    def calls(*arguments: Any, **keywords: Any) -> Any:
        with _honest(checkpoint, login):
            return function(*arguments, **keywords)

    return calls


@contextmanager
def _honest(checkpoint: Checkpoint, login: bool) -> Iterator[None]:
    """One call of a client's function; what it raises because of a refusal is that refusal."""
    with carried.call() as made:
        try:
            yield
        except Refusal:
            raise
        except Exception as error:
            refusal = made.refusal_in(error) or (checkpoint.login(error) if login else None)
            if refusal is None:
                raise
            raise refusal from error


def before(
    checkpoint: Checkpoint,
    client: str,
    owner: Any,
    name: str,
    check: Callable[..., None],
    *,
    plain: bool = False,
    login: bool = False,
) -> Patch:
    """Let ``check`` see the arguments of every call first; what it raises reaches the caller.

    Args:
        checkpoint: hears about calls that ``check`` cannot read; what cannot be read is refused.
        client: the library's name, for messages.
        owner: module or class.
        name: the attribute to wrap.
        check: takes the call's arguments; ``self`` or ``cls`` included.
        plain: refusals come out of the function as they are, see :func:`around`.
        login: as for :func:`around`; implies ``plain``.
    """

    def guarded(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        try:
            check(*arguments, **keywords)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - a call that cannot be read may lead anywhere
            checkpoint.unreadable(client, error)

    def make(original: Any) -> Any:
        function = frank(checkpoint, original, login=login) if plain or login else original
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def waits(*arguments: Any, **keywords: Any) -> Any:
                guarded(arguments, keywords)
                return await function(*arguments, **keywords)

            return waits

        @functools.wraps(function)
        def calls(*arguments: Any, **keywords: Any) -> Any:
            guarded(arguments, keywords)
            return function(*arguments, **keywords)

        return calls

    return replace(owner, name, make)


def _function(attribute: object) -> object:
    return getattr(attribute, "__func__", attribute)
