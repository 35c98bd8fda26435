"""One answer for every place that a process of the tree wants to go to, remembered, and written down where it is no."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...policy import Policy
from ...verdict import DENY, REFUSE, Judgement, Reason
from .peer import Peer, key, peer_of

REFUSAL_ERRNO = errno.EACCES
"""What ``connect(2)`` documents for a local firewall rule: clients give up at once, where ECONNREFUSED makes them retry."""

SENTINEL = "192.0.0.8"
"""The dummy address of RFC 7600, which no network has: the self-test goes there, and is always refused."""
SENTINEL_PORT = 0

_CACHE_LIMIT = 4_096


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a place is refused."""

    reason: Reason
    target: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to go to a place that is refused.

    Attributes:
        process: who tried.
        call: the system call.
        refused: why.
    """

    process: int
    call: str
    refused: Refused

    @property
    def program(self) -> str:
        """The first word of the process' command line: the others may hold secrets."""
        try:
            return (
                Path(f"/proc/{self.process}/cmdline")
                .read_bytes()
                .partition(b"\0")[0]
                .decode("utf-8", "backslashreplace")
            )
        except OSError:
            return ""


Recorder = Callable[[Attempt], None]


class Decisions:
    """Answers with an error number, or 0 for "go on".

    Args:
        policy: judges addresses and socket paths.
        enforce: False lets everything through and only writes down.
        record: is told of every refusal.

    Attributes:
        policy: that judges.
        enforcing: whether a refusal holds.
        refusals: how many there were, let through or not.
    """

    def __init__(self, policy: Policy, *, enforce: bool, record: Recorder) -> None:
        self.policy, self.enforcing = policy, enforce
        self._errno = REFUSAL_ERRNO if enforce else 0
        self._known: dict[bytes, Refused | None] = {}
        self.record = record
        self.refusals = 0

    def decide(self, process: int, call: str, raw: bytes) -> int:
        """Judge one socket address.

        Args:
            process: the number of the process or thread that handed it to the kernel.
            call: ``connect``, ``sendto``, ``sendmsg`` or ``sendmmsg``.
            raw: the socket address, as long as the process said it is.
        """
        sending = call != "connect"
        known = key(raw, sending=sending)
        try:
            refused = self._known[known]
        except KeyError:
            refused = self._judged(raw, process, sending)
            if known:
                self._remember(known, refused)
        if refused is None:
            return 0
        return self._written_down(Attempt(process, call, refused))

    def refuse_unreadable(self, process: int, call: str) -> int:
        """The answer to a process whose memory cannot be read, so that nobody can tell where it goes."""
        words = "the process hides its memory, so nobody can tell where it goes"
        reason = Reason("GUARD_INACTIVE", REFUSE, "unreadable", detail=words)
        return self._written_down(Attempt(process, call, Refused(reason, "")))

    def _written_down(self, attempt: Attempt) -> int:
        self.refusals += 1
        self.record(attempt)
        return self._errno

    def _remember(self, known: bytes, refused: Refused | None) -> None:
        if self.policy.hermetic:  # its ports open and close
            return
        if len(self._known) >= _CACHE_LIMIT:
            self._known.clear()
        self._known[known] = refused

    def _judged(self, raw: bytes, process: int, sending: bool) -> Refused | None:
        peer = peer_of(raw, process, sending=sending)
        if peer is None:
            return None
        if (peer.address, peer.port) == (SENTINEL, SENTINEL_PORT):
            return Refused(Reason("PEER_PROD", DENY, "sentinel", peer.text), peer.text)
        worst = self._judgement(peer)
        return None if worst is None else Refused(worst, peer.text)

    def _judgement(self, peer: Peer) -> Reason | None:
        judgement = self._judge_peer(peer) if peer.address else self._judge_family(peer)
        return None if judgement.allowed else judgement.worst

    def _judge_peer(self, peer: Peer) -> Judgement:
        try:
            return self.policy.judge_peer(peer.address, peer.port)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, what nobody judged is not let through
            words = f"the address could not be judged ({type(error).__name__})"
            return Judgement((Reason("GUARD_INACTIVE", REFUSE, "unjudged", peer.text, words),))

    def _judge_family(self, peer: Peer) -> Judgement:
        """A book has no addresses of other families: only a hermetic process is kept from them."""
        if not self.policy.hermetic:
            return Judgement()
        return Judgement(
            (Reason("UNDECLARED", DENY, "hermetic", peer.text, "a hermetic process stays on this machine"),)
        )


def production_peers(policy: Policy) -> list[tuple[str, int]]:
    """One IPv4 and one IPv6 address that the policy refuses, as far as its book has them, for the self-test."""
    found: dict[int, tuple[str, int]] = {}
    candidates = list(_candidates(policy))
    for address, port in candidates:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        if family not in found and not policy.judge_peer(address, port).allowed:
            found[family] = (address, port)
    if candidates and not found:
        raise LookupError("the book has addresses of production, and the policy refuses none of them")
    return list(found.values())


def _candidates(policy: Policy) -> list[tuple[str, int]]:
    territories = [owner for owner in policy.book.foreign if owner.protected]
    own = {(address, endpoint.port) for endpoint in policy.book.own.endpoints for address in endpoint.addresses}
    ends = [
        (address, endpoint.port or 9)
        for owner in territories
        for endpoint in owner.endpoints
        for address in endpoint.addresses
        if not own & {(address, endpoint.port), (address, None)}
    ]
    networks = [(cidr.partition("/")[0], 9) for owner in territories for cidr in owner.cidrs]
    return ends + networks
