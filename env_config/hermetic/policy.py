"""The policy of a hermetic run: this machine's unix sockets, ports that the run opened, and fakes that a test declared."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress

from ..book.model import Book, Service
from ..canonical.target import Target
from ..errors import TargetRefused
from ..guards.drivers.spawn import plain_book
from ..guards.self_test import SENTINEL_ADDRESS, SENTINEL_BUCKET, SENTINEL_NAME, Luggage
from ..policy import Policy
from ..verdict import DENY, Judgement, Reason
from .attempts import Attempts
from .fakes import is_loopback
from .lineage import Lineage

_DECLARE = (
    'let a fake answer: declare it under env_config_fakes and mark the test @pytest.mark.uses("..."), or start one in the '
    "test and hand it to env_config_fake(name, url)"
)
HINTS: Mapping[str, str] = {
    "hermetic": _DECLARE,
    "hermetic-port": f"{_DECLARE}; a port that a container opened for the tests goes to env_config_open_port(port)",
}
"""The next step of somebody whose test is refused, by the rule."""


class HermeticPolicy(Policy):
    """Judges what a test may reach, and notes what it tried.

    Args:
        book: of the environment ``test``.
        lineage: whose ports count as opened.
        attempts: where attempts are noted.

    Attributes:
        test: the test that runs now, or an empty string between tests.
        strict: False while the runner itself works: an editor or a debug adapter above it may be reached then.
    """

    def __init__(self, book: Book, lineage: Lineage, attempts: Attempts) -> None:
        super().__init__(book, hermetic=True)
        self._beyond = Policy(book)
        self._lineage = lineage
        self._attempts = attempts
        self._granted: set[tuple[str, int | None]] = set()
        self._fine: set[tuple[str, int]] = set()
        self.test = ""
        self.strict = False
        self.hints: Mapping[str, str] = HINTS

    def luggage(self) -> Luggage:
        """What a child that begins anew makes the same policy from."""
        from .child import Belongings, arrive

        belongings = Belongings(
            plain_book(self.book),
            self._lineage.mark,
            frozenset(self._lineage.opened),
            frozenset(self._granted),
            self._attempts.notes,
            self.test,
        )
        return arrive, (belongings,)

    def resume(self, test: str, granted: Iterable[tuple[str, int | None]]) -> None:
        """In a child: the test that started it, and what it was granted. All that a child does is the project's."""
        self.test, self.strict = test, True
        self._granted = set(granted)

    def begin(self, test: str, uses: Iterable[str]) -> None:
        """A test begins that declares which fakes it uses.

        Raises:
            TargetRefused: UNDECLARED, for a fake that the book of fakes does not have.
        """
        self.test = test
        self._granted.clear()
        self._fine.clear()
        for name in uses:
            if name not in self.book.services:
                raise TargetRefused(
                    f"the book of fakes has no {name!r}",
                    code="UNDECLARED",
                    service=name,
                    environment=self.book.environment,
                    rule="hermetic-fakes",
                    hint="declare it under env_config_fakes in pytest's configuration",
                )
            self._grant(self.book.services[name])

    def judge_address(self, service: Service) -> Judgement:
        """Judge where a service of the book is; a test may know the address of a fake that it does not reach."""
        return self._beyond.judge_host(service.host, service.port)

    def end(self) -> None:
        """The test is over, and its fakes with it."""
        self.test = ""
        self._granted.clear()

    def judge_target(self, target: Target) -> Judgement:
        """Judge one place, and note it while a test runs."""
        if _is_sentinel(target):
            return Judgement()  # a guard tests itself and denies this itself; it is no attempt of the test that runs
        judgement = self._beyond.judge_target(target) if self._is_granted(target) else self._judge_hermetic(target)
        if self.test:
            self._attempts.add(target.text, judgement.code if not judgement.allowed else "OK", self.test)
        return judgement

    # ----------------------------------------------------------------------------------------------------------- inside

    def _judge_hermetic(self, target: Target) -> Judgement:
        judgement = super().judge_target(target)
        host, port = target.host, target.port
        if not judgement.allowed or host is None or host.is_socket or port is None or self._may_open(host.name, port):
            return judgement
        words = "this run did not open the port, and no @pytest.mark.uses(...) declares it"
        return judgement + Judgement((Reason("UNDECLARED", DENY, "hermetic-port", target.text, words),))

    def _may_open(self, host: str, port: int) -> bool:
        """Whether a loopback port is the run's own. Asked once for each test: the system's answer takes milliseconds."""
        key = host, port
        if key in self._fine or self._lineage.opened_port(host, port):
            self._fine.add(key)
            return True
        return not self.strict and self._lineage.ancestor_opened(host, port)

    def _is_granted(self, target: Target) -> bool:
        if target.host is None or not self._granted:
            return False
        name = "localhost" if is_loopback(target.host.name) else target.host.name
        return (name, target.port) in self._granted or (
            target.port is None and name in {one for one, _ in self._granted}
        )

    def _grant(self, service: Service) -> None:
        if is_loopback(service.host):
            self._granted.add(("localhost", service.port))
            return
        self._granted.add((service.host, service.port))
        with suppress(OSError):  # a fake that is not up fails in the test, with its own words
            for row in socket.getaddrinfo(service.host, service.port, type=socket.SOCK_STREAM):
                self._granted.add((str(row[4][0]), service.port))


def _is_sentinel(target: Target) -> bool:
    if target.resource is not None and target.resource.name == SENTINEL_BUCKET:
        return True
    return target.host is not None and target.host.name in (SENTINEL_ADDRESS, SENTINEL_NAME)
