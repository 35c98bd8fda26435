"""L2, first half: CPython's audit events show every connect that Python's own sockets make.

Seen: the standard library, asyncio, and whatever is built on them, by name and by number, TCP, UDP and unix sockets, in
forked children too. Not seen: libraries that open sockets in C (:mod:`env_config.guards.drivers` wraps those that can be
wrapped), other interpreters, other programs. CPython's documentation says itself that these hooks are no sandbox: this
stops accidents.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any

from .checkpoint import Checkpoint, numeric, text_of
from .self_test import (
    SENTINEL_ADDRESS,
    SENTINEL_NAME,
    SENTINEL_PATH,
    SENTINEL_PORT,
    Judge,
    Tripwired,
    check_policy,
    expect_refusal,
    inactive,
)

CACHE_LIMIT = 4_096
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_LOCAL = getattr(socket, "AF_UNIX", None)

Handler = Callable[[tuple[Any, ...]], None]


class SocketWatch:
    """Judges the addresses of socket events; those found fine are remembered."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._fine: set[object] = set()
        self._remember = not checkpoint.judge.hermetic
        self.handlers: dict[str, Handler] = {
            "socket.connect": self._on_address,
            "socket.sendto": self._on_address,
            "socket.sendmsg": self._on_address,
            "socket.getaddrinfo": self._on_question,
            "socket.gethostbyname": self._on_question,
        }

    def _on_address(self, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        try:
            if address in self._fine or address is None:
                return
        except TypeError:  # with a bytearray in it: an address like any other, but no key
            self._judge_address(arguments[0], address)
            return
        if self._judge_address(arguments[0], address):
            self._keep(address)

    def _judge_address(self, sock: Any, address: Any) -> bool:
        """Judge one address; True if the answer will be the same next time."""
        family = None if sock is None else sock.family
        if family == _LOCAL or not isinstance(address, tuple):
            self.checkpoint.path(address if isinstance(address, str) else bytes(address))
            return True
        if family not in (None, *_INTERNET) or len(address) < 2:
            return True  # netlink, packets, virtual machines: nothing that leads to a server of the book
        host, port = text_of(address[0]), address[1]
        self.checkpoint.place(host, port)
        if numeric(host):
            return True
        self.checkpoint.resolved(host, port)  # the socket has resolved the name by itself, unseen
        return False

    def _on_question(self, arguments: tuple[Any, ...]) -> None:
        host = arguments[0]
        if not host or not isinstance(host, (str, bytes)):
            return
        key = "question", host, arguments[1] if len(arguments) > 1 else None
        if key in self._fine:
            return
        self.checkpoint.resolving(text_of(host), key[2])
        self._keep(key)

    def _keep(self, key: object) -> None:
        if not self._remember:
            return
        if len(self._fine) >= CACHE_LIMIT:
            self._fine.clear()
        self._fine.add(key)


def _make_hook(handlers: dict[str, Handler]) -> Callable[[str, tuple[Any, ...]], None]:
    """The hook itself. What it needs lies in its closure: module globals are gone when the interpreter shuts down."""
    get = handlers.get

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        handler = get(event)
        if handler is None:
            return
        try:
            handler(arguments)
        except (PermissionError, RecursionError):
            raise
        except Exception as error:
            raise PermissionError(f"{event}: the guard cannot judge this ({type(error).__name__})") from error

    return hook


class AuditHookGuard:
    """One hook for the whole process. It stays for good; ``remove`` (for tests) leaves it without anything to do."""

    name = "audit-hook"
    layer = "connects"

    def __init__(self) -> None:
        self.mode = "off"
        self.handlers: dict[str, Handler] = {}
        self._added = False
        self._policy: Judge | None = None

    @property
    def installed(self) -> bool:
        return self._added and bool(self.handlers)

    def install(self, policy: Judge, mode: str) -> None:
        """Add the hook, or give the one that is there another policy."""
        self.mode, self._policy = mode, policy
        watch = SocketWatch(Checkpoint(Tripwired(policy), mode))
        self.handlers.update(watch.handlers)
        if not self._added:
            sys.addaudithook(_make_hook(self.handlers))
            self._added = True

    def watch_imports(self, handler: Handler) -> None:
        """Let something look at import events as well."""
        self.handlers["import"] = handler

    def remove(self) -> None:
        self.mode = "off"
        self.handlers.clear()

    def self_test(self) -> None:
        """Provoke a refusal at every event, and at real sockets in ways that send nothing."""
        if not self.installed or self._policy is None:
            raise inactive(self.name, "it is not installed")
        check_policy(self.name, self._policy)
        for event, arguments in _provocations():
            expect_refusal(f"{self.name} ({event})", lambda e=event, a=arguments: sys.audit(e, *a))  # type: ignore[misc]
        expect_refusal(self.name, _connect_datagram)
        if _LOCAL is not None:
            expect_refusal(self.name, _connect_path)


def _provocations() -> list[tuple[str, tuple[object, ...]]]:
    numeric_address = (SENTINEL_ADDRESS, SENTINEL_PORT, 0, 0)
    return [
        ("socket.connect", (None, numeric_address)),
        ("socket.connect", (None, (SENTINEL_NAME, SENTINEL_PORT))),
        ("socket.sendto", (None, numeric_address)),
        ("socket.sendmsg", (None, numeric_address)),
        ("socket.getaddrinfo", (SENTINEL_NAME, SENTINEL_PORT, 0, 0, 0)),
        ("socket.gethostbyname", (SENTINEL_NAME,)),
    ]


def _connect_datagram() -> None:
    """Connecting a datagram socket only sets its peer; no packet leaves."""
    family = socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET
    try:
        probe = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:  # a machine without IPv6: any socket raises the same event with the same address
        sys.audit("socket.connect", None, (SENTINEL_ADDRESS, SENTINEL_PORT))
        return
    with probe:
        probe.connect((SENTINEL_ADDRESS, SENTINEL_PORT))


def _connect_path() -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(SENTINEL_PATH)


GUARD = AuditHookGuard()
"""The process's one."""
