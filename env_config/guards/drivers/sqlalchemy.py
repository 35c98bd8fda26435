"""SQLAlchemy: whatever the driver, the arguments it is called with and the connection that comes back."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ... import canonical
from ...errors import Refusal
from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH
from .wrapping import Patch, part

_HOSTS = ("host", "hostaddr", "hostname", "server", "unix_socket", "unix_sock")
_STRINGS = ("dsn", "uri", "conninfo", "connection_string", "odbc_connect")


class Listening(Patch):
    """An event's listener instead of a replaced attribute."""

    __slots__ = ("_event",)

    def __init__(self, event: Any, target: Any, name: str, listener: Callable[..., None]) -> None:
        super().__init__(target, name, None, listener)
        self._event = event
        event.listen(target, name, listener)

    @property
    def holds(self) -> bool:
        return bool(self._event.contains(self.owner, self.name, self.replacement))

    def undo(self) -> None:
        self._event.remove(self.owner, self.name, self.replacement)


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Listen to every engine and pool there is or will be."""
    sqlalchemy = part("sqlalchemy")

    def connecting(dialect: Any, _record: object, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        for host in _hosts(keywords):
            checkpoint.place(host, keywords.get("port"))
            checkpoint.resolved(host, keywords.get("port"))
        for text in _strings(arguments, keywords):
            _check_text(checkpoint, dialect, text)

    def connected(connection: Any, _record: object) -> None:
        peer = _peer(getattr(connection, "driver_connection", None) or connection)
        if peer is None:
            return
        try:
            checkpoint.place(*peer)
        except Refusal:
            with contextlib.suppress(Exception):
                connection.close()
            raise

    pool = part("sqlalchemy.pool").Pool
    return [
        Listening(sqlalchemy.event, sqlalchemy.engine.Engine, "do_connect", connecting),
        Listening(sqlalchemy.event, pool, "connect", connected),
    ]


def probe() -> None:
    """The arguments are judged before the driver, which would not know this one, gets them."""
    sqlalchemy = part("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://", connect_args={"host": SENTINEL_PATH})
    try:
        engine.raw_connection().close()
    finally:
        engine.dispose()


def _hosts(keywords: Mapping[str, Any]) -> Iterator[str]:
    for name in _HOSTS:
        value = keywords.get(name)
        for text in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(text, str):
                yield from filter(None, text.split(",") if not text.startswith("/") else [text])


def _strings(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Iterator[str]:
    yield from (argument for argument in arguments if isinstance(argument, str))
    yield from (keywords[name] for name in _STRINGS if isinstance(keywords.get(name), str))


def _check_text(checkpoint: Checkpoint, dialect: Any, text: str) -> None:
    if dialect.name == "postgresql":
        checkpoint.text(text, "dsn", os.environ)
        return
    kind = canonical.kind_of(text)
    if kind is not None:
        checkpoint.text(text, kind)


def _peer(connection: Any) -> tuple[str, int | None] | None:
    """The other end, by the descriptor of the driver's socket."""
    number = getattr(connection, "fileno", None)
    try:
        descriptor = number() if callable(number) else None
    except Exception:  # noqa: BLE001 - a driver that cannot say so has no descriptor to look at
        return None
    if not isinstance(descriptor, int) or descriptor < 0:
        return None
    return peer_of(descriptor)


def peer_of(descriptor: int) -> tuple[str, int | None] | None:
    """Who is at the other end of a descriptor; None if it is no connected socket."""
    from ..peers import place_of

    try:
        borrowed = socket.socket(fileno=descriptor)
    except OSError:
        return None
    try:
        return place_of(borrowed, borrowed.getpeername())
    except OSError:
        return None
    finally:
        borrowed.detach()
