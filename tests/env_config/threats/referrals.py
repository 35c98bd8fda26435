"""Small servers that speak just enough of a protocol to send a client elsewhere."""

from __future__ import annotations

import contextlib
import socket
import struct

from tests.env_config.passages import Acceptor


class _Server(Acceptor):
    """Answers one request of a client after the other."""

    def serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, struct.error), client:
            while self.answer(client):
                pass

    def answer(self, client: socket.socket) -> bool:
        """Handle one request; False ends the connection."""
        raise NotImplementedError


class RedisServer(_Server):
    """A Sentinel and a cluster node at once; both name the same master."""

    def __init__(self, host: str, *, master: tuple[str, int]) -> None:
        super().__init__(host)
        self.master = master

    def answer(self, client: socket.socket) -> bool:
        """Read one command, and refer to the master where it is about that."""
        words = _redis_command(client)
        if words is None:
            return False
        client.sendall(self._reply([word.upper() for word in words]))
        return True

    def _reply(self, words: list[str]) -> bytes:
        host, port = self.master
        if words[:2] == ["SENTINEL", "MASTERS"]:
            facts = ["name", "mymaster", "ip", host, "port", str(port), "flags", "master", "num-other-sentinels", "0"]
            return _redis([facts])
        if words[:1] == ["SENTINEL"]:
            return _redis([host, str(port)])
        if words[:2] == ["CLUSTER", "SLOTS"]:
            return _redis([[0, 16383, [host, port, "f" * 40]]])
        if words[:1] == ["INFO"]:
            return _redis("redis_version:7.0.0\r\ncluster_enabled:1\r\n")
        if words[:1] == ["COMMAND"]:
            return _redis([["ping", 1, ["fast"], 0, 0, 0]])
        return b"+PONG\r\n" if words[:1] == ["PING"] else b"+OK\r\n"


def _redis_command(client: socket.socket) -> list[str] | None:
    reader = client.makefile("rb", buffering=0)
    head = reader.readline()
    if not head.startswith(b"*"):
        return None
    words = []
    for _ in range(int(head[1:])):
        size = int(reader.readline()[1:])
        words.append(reader.read(size + 2)[:-2].decode())
    return words


def _redis(value: object) -> bytes:
    if isinstance(value, list):
        return b"*%d\r\n" % len(value) + b"".join(map(_redis, value))
    if isinstance(value, int):
        return b":%d\r\n" % value
    raw = str(value).encode()
    return b"$%d\r\n%s\r\n" % (len(raw), raw)


class MongoServer(_Server):
    """A replica set's member whose ``hello`` names others."""

    def __init__(self, host: str, *, others: list[str]) -> None:
        super().__init__(host)
        self.others = others

    def answer(self, client: socket.socket) -> bool:
        """Answer every command as ``hello``; the member itself is a secondary, so that the client looks for a primary."""
        import bson

        head = client.recv(16, socket.MSG_WAITALL)
        if len(head) < 16:
            return False
        size, request, _, code = struct.unpack("<iiii", head)
        client.recv(size - 16, socket.MSG_WAITALL)
        own = f"{self.host}:{self.port}"
        document = bson.encode(
            {
                "ok": 1.0,
                "isWritablePrimary": False,
                "ismaster": False,
                "secondary": True,
                "setName": "rs",
                "setVersion": 1,
                "me": own,
                "hosts": [own, *self.others],
                "primary": self.others[0],
                "maxBsonObjectSize": 16_777_216,
                "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000,
                "minWireVersion": 0,
                "maxWireVersion": 25,
                "readOnly": False,
            }
        )
        if code == 2004:  # OP_QUERY, the first hello of a connection, is answered by OP_REPLY
            body = struct.pack("<iqii", 8, 0, 0, 1) + document
            client.sendall(struct.pack("<iiii", 16 + len(body), 1, request, 1) + body)
        else:
            body = struct.pack("<ib", 0, 0) + document
            client.sendall(struct.pack("<iiii", 16 + len(body), 1, request, 2013) + body)
        return True


class Redirecting(_Server):
    """An HTTP server that sends every request elsewhere."""

    def __init__(self, host: str, location: str) -> None:
        super().__init__(host)
        self.location = location

    def answer(self, client: socket.socket) -> bool:
        """One redirect for a connection."""
        client.recv(65_536)
        client.sendall(
            f"HTTP/1.1 302 Found\r\nLocation: {self.location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        return False
