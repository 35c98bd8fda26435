"""What a socket address means, and what is answered to it."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from env_config.policy import Policy
from env_config.verdict import Judgement

from .books import corpus_book

if sys.platform != "linux":
    pytest.skip("process trees are guarded on Linux only", allow_module_level=True)

from env_config.guards.processes.decisions import REFUSAL_ERRNO, Attempt, Decisions
from env_config.guards.processes.peer import Peer, peer_of

HERE = os.getpid()


def ipv4(address: str, port: int = 5432) -> bytes:
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(address) + bytes(8)


def ipv6(address: str, port: int = 5432, zone: int = 0) -> bytes:
    packed = socket.inet_pton(socket.AF_INET6, address)
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + packed + struct.pack("=I", zone)


def unix(path: bytes) -> bytes:
    return struct.pack("=H", socket.AF_UNIX) + path


class Notes(list[Attempt]):
    """Decisions for staging's book, and what they wrote down."""

    def __init__(self, *, enforce: bool = True, policy: Policy | None = None) -> None:
        super().__init__()
        self.decisions = Decisions(policy or Policy(corpus_book("staging")), enforce=enforce, record=self.append)

    def decide(self, raw: bytes, call: str = "connect") -> int:
        return self.decisions.decide(HERE, call, raw)


@pytest.mark.parametrize(
    ("raw", "address", "port"),
    [
        (ipv4("10.1.2.3", 80), "10.1.2.3", 80),
        (ipv4("0.0.0.0"), "127.0.0.1", 5432),
        (ipv6("2001:db8::1", 443), "2001:db8::1", 443),
        (ipv6("fe80::1", 443, zone=2), "fe80::1", 443),
        (ipv6("::ffff:10.1.2.3"), "10.1.2.3", 5432),
        (ipv6("::ffff:0.0.0.0"), "127.0.0.1", 5432),
        (ipv6("::"), "::1", 5432),
        (unix(b"/nonexistent/a/../b\0rest"), "/nonexistent/b", None),
        (unix(b"\0name"), "@name", None),
    ],
)
def test_socket_address(raw: bytes, address: str, port: int | None) -> None:
    """A socket address is read as the kernel reads it."""
    peer = peer_of(raw, HERE, sending=False)
    assert peer is not None
    assert (peer.address, peer.port) == (address, port)


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path starts at the folder of the process that uses it, and links are followed."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    assert peer_of(unix(b"link/s"), HERE, sending=False) == Peer(str(tmp_path / "real" / "s"), None, socket.AF_UNIX)


@pytest.mark.parametrize("raw", [b"", b"\2", unix(b""), struct.pack("=H", 16) + bytes(10), bytes(16)])
def test_address_that_leads_nowhere(raw: bytes) -> None:
    """Autobinding, netlink, disconnecting, and what is too short to be anything, lead nowhere."""
    assert peer_of(raw, HERE, sending=False) is None


def test_sending_without_a_family() -> None:
    """Where the kernel takes a nameless family for IPv4, so do we."""
    raw = bytes(2) + ipv4("127.0.0.77")[2:]
    assert (Notes().decide(raw, "connect"), Notes().decide(raw, "sendto")) == (0, REFUSAL_ERRNO)


@pytest.mark.parametrize(
    "raw",
    [
        ipv4("127.0.0.77"),
        ipv4("127.0.0.77", 8125),
        ipv4("10.120.32.9"),
        ipv6("2001:db8:77::5"),
        ipv6("::ffff:127.0.0.77"),
        ipv6("::127.0.0.77"),
        ipv6("64:ff9b::127.0.0.77"),
        ipv6("2002:7f00:4d::1"),
        ipv4("192.0.2.173", 5439),
    ],
)
def test_place_of_production(raw: bytes) -> None:
    """Production is refused by address, by network, in every IPv6 spelling, and on a shared host by port."""
    notes = Notes()
    assert [notes.decide(raw), notes.decide(raw)] == [REFUSAL_ERRNO, REFUSAL_ERRNO]
    assert [attempt.refused.reason.code for attempt in notes] == ["PEER_PROD", "PEER_PROD"]


@pytest.mark.parametrize(
    "raw", [ipv4("127.0.0.66"), ipv4("127.0.0.1", 1), ipv4("192.0.2.173", 5440), ipv6("::1"), unix(b"/run/x")]
)
def test_other_places(raw: bytes) -> None:
    """Staging's own, this machine, unix sockets and the declared port of a shared host go through unrecorded."""
    notes = Notes()
    assert (notes.decide(raw), notes) == (0, [])


def test_one_answer_does_not_serve_another_port() -> None:
    """What is remembered of an address is remembered with its port."""
    notes = Notes()
    assert [notes.decide(ipv4("192.0.2.173", port)) for port in (5440, 5439, 5440)] == [0, REFUSAL_ERRNO, 0]


def test_policy_that_fails() -> None:
    """What nobody could judge is refused."""

    class Failing(Policy):
        def judge_peer(self, address: str, port: int | None) -> Judgement:
            raise KeyError(address)

    notes = Notes(policy=Failing(corpus_book("staging")))
    assert notes.decide(ipv4("127.0.0.1")) == REFUSAL_ERRNO
    assert [attempt.refused.reason.code for attempt in notes] == ["GUARD_INACTIVE"]


def test_process_that_hides_its_memory() -> None:
    """An address that cannot be read is refused, and written down."""
    notes = Notes()
    assert notes.decisions.refuse_unreadable(HERE, "connect") == REFUSAL_ERRNO
    assert [(attempt.call, attempt.refused.reason.rule) for attempt in notes] == [("connect", "unreadable")]


@pytest.mark.parametrize(("hermetic", "answer"), [(False, 0), (True, REFUSAL_ERRNO)])
def test_family_without_addresses(hermetic: bool, answer: int) -> None:
    """A family that no book has addresses for (a virtual machine's sockets) is kept from hermetic processes only."""
    policy = Policy(corpus_book("staging"), hermetic=hermetic)
    assert Notes(policy=policy).decide(struct.pack("=H", 40) + bytes(14)) == answer
