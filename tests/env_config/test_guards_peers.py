"""The inventory of a process's own connections."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

import psycopg2
import pytest

from env_config.guards import peers
from env_config.guards.peers import Peer, judge_peers
from env_config.policy import Policy
from tests.env_config.books import corpus_book
from tests.env_config.listeners import PRODUCTION, STAGING, Listener


def found(port: int) -> list[Peer]:
    return [peer for peer in peers.peers() if peer.port == port]


def test_a_connection_to_production_is_found() -> None:
    """Whoever made it, and however it slipped through."""
    with Listener(PRODUCTION) as production, socket.create_connection((PRODUCTION, production.port)):
        judgement = judge_peers(Policy(corpus_book()))
    assert judgement.code == "PEER_PROD"


def test_connections_to_staging_are_fine() -> None:
    """Control."""
    with Listener(STAGING) as staging, socket.create_connection((STAGING, staging.port)):
        assert [peer.address for peer in found(staging.port)] == [STAGING]
        assert judge_peers(Policy(corpus_book())).allowed


def test_a_connection_of_a_driver_in_c_is_seen() -> None:
    """psycopg2 keeps its socket to itself; the descriptor belongs to the process all the same."""
    with Listener(STAGING) as staging:
        connection = None
        with contextlib.suppress(psycopg2.OperationalError):
            connection = psycopg2.connect(host=STAGING, port=staging.port, user="app", async_=True)
            connection.poll()
        assert found(staging.port) or connection is None


def test_a_udp_socket_with_a_peer_is_seen() -> None:
    """Datagram sockets have peers, too."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect((STAGING, 8125))
        assert [peer.descriptor for peer in found(8125)] == [sock.fileno()]


def test_who_came_to_an_own_listener_is_no_peer() -> None:
    """A server is not to blame for its callers: only what this process reached out to counts."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as caller, door.accept()[0] as accepted:
            descriptors = {peer.descriptor for peer in peers.peers()}
            assert caller.fileno() in descriptors
            assert accepted.fileno() not in descriptors


def test_the_path_of_a_unix_socket_is_seen(tmp_path: Path) -> None:
    """A socket of a forwarded server has no address, but a path."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(path)
            assert Peer(caller.fileno(), path, None) in peers.peers()


def test_looking_closes_nothing() -> None:
    """Descriptors are borrowed; files, pipes and sockets stay open and usable."""
    reading, writing = os.pipe()
    left, right = socket.socketpair()
    peers.peers()
    os.write(writing, b"x")
    left.send(b"y")
    assert (os.read(reading, 1), right.recv(1)) == (b"x", b"y")
    for one in (left, right):
        one.close()
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_without_a_list_from_the_system_descriptors_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc and /dev/fd are missing."""

    def refuse(path: str) -> list[str]:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "listdir", refuse)
    with Listener(STAGING) as staging, socket.create_connection((STAGING, staging.port)):
        assert found(staging.port)
