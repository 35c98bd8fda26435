"""One environment's policy: everything that can be asked about a place before going there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from ..book.model import Book, Endpoint, Service
from ..canonical.target import Host, Resource, Target
from ..errors import Refusal
from ..verdict import DENY, REFUSE, Judgement, Reason
from . import credentials, hermetic, rules
from .territory import TerritoryIndex

_CACHE_LIMIT = 4_096
_FINE = Judgement()


class Policy:
    """Judges targets by a book.

    Args:
        book: the book of the environment that this process belongs to.
        hermetic: only sockets on this machine that the test process itself opened may be reached.
        opened_ports: gives the loopback ports that a hermetic process may reach; all, where it is None.
    """

    def __init__(
        self,
        book: Book,
        *,
        hermetic: bool = False,
        opened_ports: Callable[[], Collection[int]] | None = None,
    ) -> None:
        self.book = book
        self.hermetic = hermetic
        self._opened_ports = opened_ports
        self._peers: dict[tuple[str, int | None], Judgement] = {}
        self._permitted: list[tuple[Endpoint, Book]] = []

    @cached_property
    def _ground(self) -> rules.Ground:
        granted = tuple(endpoint for endpoint, _ in self._permitted)
        extended = replace(self.book.own, endpoints=self.book.own.endpoints + granted)
        own, *foreign = map(TerritoryIndex, (extended, *self.book.foreign))
        return rules.Ground(self.book, own, tuple(foreign))

    def permit(self, service: Service, book: Book) -> None:
        """Open the way to one service of another environment's book: its host and port, and nothing else there."""
        self._permitted.append((Endpoint(service.host, service.port, service.addresses), book))
        self.__dict__.pop("_ground", None)
        self._peers.clear()

    def book_at(self, host: str, port: int | None, address: str = "") -> Book:
        """The book by which a server there is judged: this environment's own, or that of a grant."""
        for endpoint, book in self._permitted:
            if endpoint.port == port and {endpoint.host, *endpoint.addresses}.intersection((host, address)):
                return book
        return self.book

    # ---------------------------------------------------------------------------------------------- before connecting

    def judge_text(self, text: str, kind: str = "", environ: Mapping[str, str] | None = None) -> Judgement:
        """Judge every place that a client could be led to by a host, URL, connection string or ARN.

        Args:
            text: the string as a client would get it.
            kind: see :func:`env_config.canonical.targets`; empty: by its looks.
            environ: variables that the client would apply, such as ``PGHOST``.
        """
        from .. import canonical

        try:
            found = canonical.targets(text, kind, environ)
        except Refusal as refusal:
            return Judgement(
                (Reason(refusal.code, REFUSE, refusal.rule or "canonical", refusal.target, refusal.message),)
            )
        return self.judge_targets(found)

    def judge_targets(self, targets: Sequence[Target]) -> Judgement:
        """Judge places that one string names together."""
        judgements = [self.judge_target(target) for target in targets]
        together = tuple(reason for judgement in judgements for reason in judgement.reasons)
        return Judgement(together + self._mixture(targets, judgements))

    def judge_target(self, target: Target) -> Judgement:
        """Judge one place."""
        ground = self._ground
        reasons = [reason for rule in rules.RULES.values() for reason in rule(ground, target)]
        if self.hermetic:
            reasons.extend(hermetic.reasons(target, self._opened_ports))
        return Judgement(tuple(reasons)) if reasons else _FINE

    def judge_host(self, text: str, port: int | None = None) -> Judgement:
        """Judge a host in any spelling, and the cloud resource that it stands for."""
        from .. import canonical
        from ..canonical import cloud_hosts

        try:
            host = canonical.parse_host(text, percent=True)
        except Refusal as refusal:
            return Judgement((Reason(refusal.code, REFUSE, refusal.rule or "canonical", "", refusal.message),))
        resource = None if host.is_address or host.is_socket else cloud_hosts.resource_at(host.name)
        return self.judge_target(Target(host, port, resource=resource))

    def judge_resource(self, resource: Resource) -> Judgement:
        """Judge a cloud resource by its account and name."""
        return self.judge_target(Target(None, resource=resource))

    def judge_credential(self, value: str) -> Judgement:
        """Judge a secret's value: a live one has no place outside production. The value goes into no reason."""
        if self.book.rules.protected:
            return _FINE
        return Judgement(
            tuple(
                Reason("PROD_CREDENTIAL", DENY, name, detail="this credential is a live one")
                for name, is_live in credentials.RULES.items()
                if is_live(self.book, value)
            )
        )

    # ------------------------------------------------------------------------------------------------ while connecting

    def judge_peer(self, address: str, port: int | None) -> Judgement:
        """Judge the other end of a connection: a numeric address, or the path of a unix socket. Cached."""
        key = address, port
        judgement = self._peers.get(key)
        if judgement is None:
            judgement = self._judge_peer(address, port)
            if self.hermetic:
                return judgement  # ports open and close while a test runs
            if len(self._peers) >= _CACHE_LIMIT:
                self._peers.clear()
            self._peers[key] = judgement
        return judgement

    def judge_name(self, name: str, port: int | None) -> Judgement:
        """Judge a name that is handed to ``connect`` or to the resolver as it is."""
        return self.judge_host(name, port)

    def judge_resolution(
        self, name: str, chain: Iterable[str], addresses: Iterable[str], port: int | None = None
    ) -> Judgement:
        """Judge what a name turned out to mean.

        Args:
            name: what was asked for.
            chain: the names that its CNAME records lead through, the last one included.
            addresses: what the resolver, or the hosts file, answered.
            port: where the client would connect.
        """
        found = [
            Reason("PROD_DNS", DENY, "resolution-name", name, f"{name} leads to production through its DNS records")
            for alias in chain
            if self._is_production(self.judge_host(alias, port))
        ]
        for address in addresses:
            if self._is_production(self.judge_peer(address, port)):
                words = f"{name} resolves to an address of production"
                found.append(Reason("PEER_PROD", DENY, "resolution-address", name, words))
                found.append(Reason("PROD_DNS", DENY, "resolution-address", name, words))
        return Judgement(tuple(found))

    def _judge_peer(self, address: str, port: int | None) -> Judgement:
        from .. import canonical

        if address.startswith(("/", "@", "\0")) or not address:
            return self.judge_target(Target(Host(address or "@"), None))
        judgement = self.judge_target(Target(canonical.parse_host(address), port))
        if not judgement.reasons:
            return _FINE
        return Judgement(tuple(map(_as_peer, judgement.reasons)))

    @staticmethod
    def _is_production(judgement: Judgement) -> bool:
        return any(code.startswith(("PROD_", "PEER_")) for code in judgement.codes)

    @staticmethod
    def _mixture(targets: Sequence[Target], judgements: Sequence[Judgement]) -> tuple[Reason, ...]:
        """Hosts in one string of which some may be reached and others not: a fail-over would leave the environment."""
        hosts = {target.host for target in targets if target.host is not None}
        if len(hosts) < 2 or len({judgement.allowed for judgement in judgements}) < 2:
            return ()
        words = "some of the hosts belong to this environment and others do not"
        return (Reason("MULTI_HOST", REFUSE, "mixed-hosts", ", ".join(target.text for target in targets), words),)


def _as_peer(reason: Reason) -> Reason:
    if not reason.code.startswith("PROD_"):
        return reason
    return Reason("PEER_PROD", reason.verdict, reason.rule, reason.target, "the other end is production")
