"""Where a client about to connect is stopped: asks the policy, then raises or only reports."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterable, Mapping

from .. import canonical
from ..canonical.target import Resource, Target
from ..errors import GuardInactive, Refusal
from ..verdict import Judgement
from . import carried
from .login_errors import explain
from .resolved_names import NAMES
from .self_test import RULE, Judge

_DEFERRED = frozenset({"SHORT_NAME"})
"""What only a look at the answer can tell: the address that the name turns out to mean is judged as well."""
_DEFERRED_NAMES = frozenset({"SHORT_NAME", "AMBIGUOUS"})
"""Of a name alone: a host that environments share by port is told apart when somebody connects."""
_REPORTING = threading.local()


class Checkpoint:
    """One mode, one policy.

    Args:
        judge: the policy.
        mode: ``report`` writes a line and lets through; ``enforce`` raises as well.
        subject: what is refused, for the name of the audit log's event: ``connect``, ``variable``.
    """

    def __init__(self, judge: Judge, mode: str, subject: str = "connect") -> None:
        self.judge = judge
        self.mode = mode
        self._subject = subject

    # --------------------------------------------------------------------------------------------------------- refusing

    def decide(self, judgement: Judgement) -> None:
        """Act on what the policy says.

        Raises:
            Refusal: the policy does not allow it, and the mode is ``enforce`` (or it is a guard testing itself).
        """
        refusal = judgement.refusal(environment=self.judge.book.environment)
        if refusal is None:
            return
        if refusal.rule == RULE:
            raise refusal
        self._reworded(refusal)
        self._record(refusal, self._subject)
        if self.mode == "enforce":
            carried.note(refusal)
            raise refusal

    def login(self, error: BaseException) -> Refusal | None:
        """The refusal that a driver's error stands for: it was the server that refused. None for any other error."""
        if self.mode != "enforce":
            return None
        refusal = explain(error, environment=self.judge.book.environment)
        if refusal is not None:
            self._record(refusal, "login")
        return refusal

    def _reworded(self, refusal: Refusal) -> None:
        """Show the name that the caller wrote, not the address of production that it led to; and the judge's next step."""
        if any(code.startswith(("PROD_", "PEER_")) for code in refusal.codes):
            refusal.target = NAMES.shown(refusal.target)
        refusal.hint = getattr(self.judge, "hints", {}).get(refusal.rule, refusal.hint)

    def unreadable(self, client: str, error: Exception) -> None:
        """A call that the guard cannot read may lead anywhere.

        Raises:
            GuardInactive: the mode is ``enforce``.
        """
        words = f"the guard of {client} cannot read this call ({type(error).__name__})"
        self.decide_inactive(GuardInactive(words, code="GUARD_INACTIVE", rule=client))

    def decide_inactive(self, refusal: GuardInactive) -> None:
        """A guard does not bite: say so, and go no further where it was to enforce.

        Raises:
            GuardInactive: the mode is ``enforce``.
        """
        self._record(refusal, "guard")
        if self.mode == "enforce":
            raise refusal

    def _record(self, refusal: Refusal, subject: str) -> None:
        """One line; the line's own way to a log server is judged, but does not call for a line again."""
        if getattr(_REPORTING, "busy", False):
            return
        _REPORTING.busy = True
        try:
            from ..audit_log import record

            record(f"{subject}-{'refused' if self.mode == 'enforce' else 'reported'}", refusal.facts())
        finally:
            _REPORTING.busy = False

    # ---------------------------------------------------------------------------------------------------------- judging

    def place(self, host: str | bytes | bytearray, port: object = None) -> None:
        """A client is about to connect there: a name, a numeric address in any spelling, or a socket's path."""
        self.decide(self.judge_place(text_of(host), port_of(port)))

    def path(self, path: str | bytes | bytearray) -> None:
        """A client is about to connect to a unix socket: a path, relative ones included, or an abstract name."""
        text = text_of(path)
        if not text or text[0] in "@\0":
            self.place(text or "@")
        else:
            self.place(os.path.abspath(text))  # noqa: PTH100 - a Path for each connect would cost more

    def judge_place(self, host: str, port: int | None) -> Judgement:
        """What the policy says about a place; names are judged as such, whatever they resolve to."""
        if host.startswith(("/", "@", "\0")):
            return self.judge.judge_peer(host.replace("\0", "@", 1), None)
        addresses = numeric(host)
        if not addresses:
            return _without(self.judge.judge_name(host, port), _DEFERRED_NAMES)
        together = Judgement()
        for address in addresses:
            together += self.judge.judge_peer(address, port)
        return together

    def resolving(self, name: str, port: object = None) -> None:
        """A name is handed to the resolver; numbers are no question, and are judged when somebody connects there."""
        if numeric(name):
            return
        self.decide(_without(self.judge.judge_name(name, port_of(port)), _DEFERRED_NAMES))

    def resolved(self, name: str | bytes | bytearray, port: object = None) -> None:
        """Ask the resolver as a client in C will do, and judge the answer. What cannot be resolved is not reached."""
        text = text_of(name)
        if not text or text.startswith(("/", "@", "\0")) or numeric(text):
            return
        try:
            found = socket.getaddrinfo(text, port_of(port), type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
        except Refusal:
            raise
        except (OSError, UnicodeError):
            return
        self.answers(text, found, port)

    def answers(self, name: str, found: Iterable[tuple[object, ...]], port: object = None) -> None:
        """Judge what ``getaddrinfo`` answered."""
        rows = list(found)
        chain = [text for row in rows if (text := str(row[3])) and text.lower() != name.lower()]
        addresses = list(dict.fromkeys(str(row[4][0]) for row in rows if isinstance(row[4], tuple)))
        self.decide(self.judge.judge_resolution(name, chain, addresses, port_of(port)))

    def text(self, text: str, kind: str, environ: Mapping[str, str] | None = None, *, resolve: bool = True) -> None:
        """A client is about to follow a connection string; every name in it is resolved and judged as well."""
        targets: tuple[Target, ...] = ()
        with contextlib.suppress(Refusal):  # judging the text below finds and reports the same
            targets = canonical.targets(text, kind, environ)
        peers = Judgement()
        for target in targets:
            if target.host is not None and target.host.is_address:
                peers += self.judge.judge_peer(target.host.name, target.port)
        self.decide(peers + _without(self.judge.judge_text(text, kind, environ), _DEFERRED))
        for target in targets if resolve else ():
            if target.host is not None and not target.host.is_address:
                self.resolved(target.host.name, target.port)

    def url(self, url: str, host: str, port: object = None) -> None:
        """An HTTP client has parsed a URL: its host is judged, whatever proxy takes the request, and what its path names."""
        self.place(host, port)
        self.decide(_denials(self.judge.judge_text(url.partition("?")[0], "url")))

    def resource(self, resource: Resource) -> None:
        """A cloud client names a resource."""
        self.decide(self.judge.judge_resource(resource))


def numeric(host: str) -> tuple[str, ...]:
    """The addresses that a host stands for by itself; none for a name, or for what is no host at all."""
    if ":" in host:
        host = host.partition("%")[0]
    try:
        return canonical.parse_host(host).addresses
    except Refusal:
        return ()


def text_of(host: str | bytes | bytearray) -> str:
    """A host as sockets accept it, as text."""
    return host if isinstance(host, str) else bytes(host).decode("utf-8", "surrogateescape")


def port_of(port: object) -> int | None:
    """A port as clients accept it: a number, its text, or the name of a service."""
    if isinstance(port, (bytes, bytearray)):
        port = bytes(port).decode("ascii", "replace")
    if isinstance(port, str):
        with contextlib.suppress(ValueError):
            return int(port) or None
        with contextlib.suppress(OSError):
            return socket.getservbyname(port)
        return None
    return (port or None) if isinstance(port, int) else None


def _without(judgement: Judgement, codes: frozenset[str]) -> Judgement:
    if judgement.allowed or not codes.intersection(judgement.codes):
        return judgement
    return Judgement(tuple(reason for reason in judgement.reasons if reason.code not in codes))


def _denials(judgement: Judgement) -> Judgement:
    return Judgement(tuple(reason for reason in judgement.reasons if reason.verdict == "deny"))
