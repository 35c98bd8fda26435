"""Listeners that count who came: what a guard let through is seen here, not believed from the client."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

PRODUCTION, STAGING, PRE_PRODUCTION = "127.0.0.77", "127.0.0.66", "127.0.0.55"


class Listener:
    """A TCP or UDP socket on loopback that accepts, counts and answers with ``reply``.

    Attributes:
        accepted: how many connections (TCP) or datagrams (UDP) have arrived.
    """

    def __init__(self, host: str = PRODUCTION, port: int = 0, *, udp: bool = False, reply: bytes = b"") -> None:
        self.host, self.port, self.accepted = host, port, 0
        self._udp, self._reply = udp, reply
        self._stop = threading.Event()

    def __enter__(self) -> Listener:
        kind = socket.SOCK_DGRAM if self._udp else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((self.host, self.port))
        self.port = self._socket.getsockname()[1]
        if not self._udp:
            self._socket.listen(64)
        self._socket.settimeout(0.05)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle()
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def settle(self) -> None:
        """Wait until everything that was on its way has been counted."""
        before = -1
        while before != self.accepted:
            before = self.accepted
            self._stop.wait(0.12)

    def _serve(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError, ConnectionError):
                self._take_one()

    def _take_one(self) -> None:
        if self._udp:
            self._socket.recvfrom(65_536)
            self.accepted += 1
            return
        connection, _ = self._socket.accept()
        self.accepted += 1
        with connection:
            if self._reply:
                connection.settimeout(1)
                with contextlib.suppress(OSError):
                    connection.recv(65_536)
                    connection.sendall(self._reply)
