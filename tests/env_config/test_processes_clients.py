"""Every client that can be tried here, under both ways of guarding: who arrived is counted at the listener."""

from __future__ import annotations

import json
import selectors
import socket
import sys
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from . import guarded
from .client_paths import NOT_TRIED, PATHS
from .listeners import PRODUCTION, STAGING

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="process trees are guarded on Linux only")]

WAYS = ("seccomp", "preload")


class Doors:
    """Many sockets on loopback that one thread watches: each accepts, counts, and hangs up.

    Attributes:
        counted: connections or datagrams by door.
    """

    def __init__(self) -> None:
        self.counted: dict[tuple[str, str], int] = {}
        self._selector = selectors.DefaultSelector()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, name: str, host: str, *, udp: bool) -> tuple[str, int]:
        """A door of a client on a host, and where it is."""
        end = socket.socket(type=socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        end.bind((host, 0))
        end.setblocking(False)
        if not udp:
            end.listen(64)
        self.counted[name, host] = 0
        self._selector.register(end, selectors.EVENT_READ, (name, host))
        return host, end.getsockname()[1]

    def __enter__(self) -> Doors:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Count what is still on its way, then close."""
        self._closing.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            cast(socket.socket, key.fileobj).close()
        self._selector.close()

    def _watch(self) -> None:
        idle = 0
        while not self._closing.is_set() or idle < 3:
            ready = self._selector.select(0.1)
            idle = 0 if ready else idle + 1
            for key, _ in ready:
                end = cast(socket.socket, key.fileobj)
                if end.type == socket.SOCK_DGRAM:
                    end.recv(64)
                else:
                    end.accept()[0].close()
                self.counted[key.data] += 1


class Arrivals:
    """How many connections or datagrams each client brought to production and to staging, in one guarded tree."""

    def __init__(self, via: str) -> None:
        names = [name for name, path in PATHS.items() if not path.missing and (path.preload or via == "seccomp")]
        doors = Doors()
        places = {
            name: [doors.add(name, host, udp=PATHS[name].udp) for host in (PRODUCTION, STAGING)] for name in names
        }
        with doors:
            run = guarded.run([sys.executable, "-m", "tests.env_config.client_paths", json.dumps(places)], via=via)
        self.words = run.stderr
        self.counted = {name: (doors.counted[name, PRODUCTION], doors.counted[name, STAGING]) for name in names}


@pytest.fixture(scope="module", params=WAYS)
def arrivals(request: pytest.FixtureRequest) -> Iterator[Arrivals]:
    yield Arrivals(request.param)


@pytest.mark.slow
def test_no_client_reaches_production(arrivals: Arrivals) -> None:
    """Under the guard not one connection and not one datagram of any client arrives at production."""
    assert {name: count for name, (count, _) in arrivals.counted.items() if count} == {}, arrivals.words


@pytest.mark.slow
def test_every_client_reaches_staging(arrivals: Arrivals) -> None:
    """The same attempts do arrive at staging: what is refused is the place, not the client."""
    assert [name for name, (_, count) in arrivals.counted.items() if not count] == [], arrivals.words


@pytest.mark.slow
def test_every_refusal_is_written_down(arrivals: Arrivals) -> None:
    """For every client the audit log has a line with the address that it tried."""
    lines = [json.loads(line) for line in arrivals.words.splitlines() if line.startswith("{")]
    refused = [line for line in lines if line["event"] == "connection-refused"]
    assert len(refused) >= len(arrivals.counted)
    assert {(line["code"], line["target"].rpartition(":")[0]) for line in refused} == {("PEER_PROD", PRODUCTION)}


@pytest.mark.parametrize("name", PATHS)
def test_client_can_be_tried_here(name: str) -> None:
    """The client is installed; one that is not is listed among the skipped tests with what it misses."""
    if missing := PATHS[name].missing:
        pytest.skip(f"{name} is not tried: there is no {missing}")


@pytest.mark.parametrize("name", NOT_TRIED)
def test_client_that_nobody_can_try_here(name: str) -> None:
    """A client that is known and cannot be tried is listed with the reason."""
    pytest.skip(f"{name} is not tried: {NOT_TRIED[name]}")
