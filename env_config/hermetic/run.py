"""One hermetic run: the environment ``test``, a book of fakes, guards that bite, and everything put back at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import runtime
from ..attestation import Environment
from ..book.model import Book, Service
from ..errors import BookRefused, GuardInactive
from ..guards import guard, peers
from .attempts import Attempts
from .fakes import ENVIRONMENT, GUARDS, fake_service, fakes_book
from .lineage import VARIABLE as MARK
from .lineage import Lineage
from .policy import HermeticPolicy

if TYPE_CHECKING:
    from ..guards.peers import Peer

_DECLARES = "ENV_CONFIG_ENVIRONMENT"


class HermeticRun:
    """Puts a process into the environment ``test`` and keeps it on this machine.

    Args:
        book: of the environment ``test``.
        environ: this process's variables.

    Attributes:
        policy: what the guards ask.
        lineage: whose ports count as opened.
        attempts: what tests tried.
        services: the fakes by name; tests may add to them.
    """

    def __init__(self, book: Book, environ: MutableMapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._variables = {name: self._environ.get(name) for name in (_DECLARES, MARK)}
        self.services: dict[str, Service] = dict(book.services.items())
        self.lineage = Lineage(self._environ)
        self.attempts = Attempts(_notes())
        self.policy = HermeticPolicy(replace(book, services=self.services, guards=GUARDS), self.lineage, self.attempts)
        self._before: runtime.Runtime | None = None
        self._peers: frozenset[Peer] = frozenset()

    def start(self) -> None:
        """Declare the environment and put the guards into force.

        Raises:
            TargetRefused: AMBIENT or PROD_CREDENTIAL, if a variable leads to production.
            GuardInactive: a guard does not bite.
        """
        self._environ[_DECLARES] = ENVIRONMENT
        # Where the runner was connected to when it began, a debug adapter say, it may connect again.
        self.lineage.opened.update(
            peer.port for peer in peers.peers() if peer.port is not None and self._on_loopback(peer)
        )
        guard.install(self.policy, environ=self._environ)
        self.prove()
        made = FoundOut.found_out(Environment(ENVIRONMENT, ENVIRONMENT), self.policy, environ=self._environ)
        self._before = runtime.replace_process(made)

    def stop(self) -> None:
        """Put everything back; the audit hook stays, with nothing to do."""
        self.attempts.forget_notes()
        if self._before is None:
            return
        for one in guard.guards():
            one.remove()
        runtime.replace_process(self._before)
        self._before = None
        for name, value in self._variables.items():
            self._environ.pop(name, None)
            if value is not None:
                self._environ[name] = value

    def prove(self) -> None:
        """The policy denies what every hermetic run must deny, whatever its book says.

        Raises:
            GuardInactive: it does not.
        """
        # TEST-NET-1 and -3 (RFC 5737) and a name under .invalid (RFC 6761): nobody's. Nothing is sent.
        answers = [self.policy.judge_peer("192.0.2.1", 443), self.policy.judge_name("hermetic.env-config.invalid", 443)]
        if any(answer.allowed for answer in answers):
            raise GuardInactive(
                "the hermetic policy lets a test leave this machine", code="GUARD_INACTIVE", rule="hermetic"
            )

    # ------------------------------------------------------------------------------------------------------- one by one

    def begin(self, test: str, uses: Iterable[str]) -> None:
        """A test begins, with the fakes it declares.

        Raises:
            TargetRefused: UNDECLARED, for a fake that nobody declared.
        """
        self._peers = frozenset(peers.peers())
        self.policy.begin(test, uses)

    def check_peers(self) -> None:
        """Look at the connections that the test has opened and still holds, whichever client made them.

        Raises:
            TargetRefused: one leads where the test must not go.
        """
        for peer in frozenset(peers.peers()) - self._peers:
            refusal = self.policy.judge_peer(peer.address, peer.port).refusal() if peer.address else None
            if refusal is not None:
                refusal.environment = ENVIRONMENT
                refusal.hint = self.policy.hints.get(refusal.rule, refusal.hint)
                raise refusal

    def end(self) -> None:
        """The test is over."""
        self.policy.end()

    @contextmanager
    def strict(self) -> Iterator[None]:
        """While the project's own code runs: no port of an editor or debug adapter is its business."""
        before, self.policy.strict = self.policy.strict, True
        try:
            yield
        finally:
            self.policy.strict = before

    @contextmanager
    def fake(self, name: str, url: str) -> Iterator[Service]:
        """A service of the book is at this URL for a while; its port counts as opened."""
        before = self.services.get(name)
        self.services[name] = service = fake_service(name, url)
        assert service.port is not None
        self.lineage.opened.add(service.port)
        runtime.process().forget_addresses()
        try:
            yield service
        finally:
            self.lineage.opened.discard(service.port)
            if before is None:
                del self.services[name]
            else:
                self.services[name] = before
            runtime.process().forget_addresses()

    # ----------------------------------------------------------------------------------------------------------- inside

    @staticmethod
    def _on_loopback(peer: Peer) -> bool:
        return peer.address == "::1" or peer.address.removeprefix("::ffff:").startswith("127.")


class FoundOut(runtime.Runtime):
    """Has found out already. Gives out the addresses of fakes to every test; who may connect is for the guards to say."""

    def _judge(self, service: Service) -> None:
        policy = self.policy
        assert isinstance(policy, HermeticPolicy)
        if service.host:
            policy.judge_address(service).enforce(service=service.name, environment=ENVIRONMENT)


def _notes() -> str:
    """An empty file for what children tried."""
    descriptor, path = tempfile.mkstemp(prefix="env-config-attempts-")
    os.close(descriptor)
    return path


def opened_book(fakes: Iterable[str], path: str | Path | None) -> Book:
    """The book of the environment ``test``: from lines of fakes, or compiled.

    Args:
        fakes: see :func:`fakes_book`.
        path: a folder of compiled books or the compiled book of ``test``; None makes one of the fakes.

    Raises:
        UsageRefused: a line of fakes cannot be read.
        BookRefused: the compiled book cannot be used, or is not that of ``test``.
    """
    lines = list(fakes)
    if path is None:
        return fakes_book(lines)
    book = runtime.Runtime(path, environ={_DECLARES: ENVIRONMENT}).book
    if book.environment != ENVIRONMENT:
        raise BookRefused("tests need the book of the environment test", code="BOOK_INVALID", target=str(path))
    added = fakes_book(lines)
    own = replace(book.own, endpoints=book.own.endpoints + added.own.endpoints)
    return replace(book, services={**dict(book.services.items()), **added.services}, own=own)
