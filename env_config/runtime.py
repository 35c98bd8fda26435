"""What this process has found out: its book, its trust, its environment. Nothing is read before it is asked for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from .errors import EnvironmentRefused

TYPE_CHECKING = False  # not that of typing: whoever imports this library pays for what it imports
if TYPE_CHECKING:
    from .attestation import Environment, Evidence
    from .book.model import Book, Service
    from .book.shelf import Shelf
    from .guards.guard import GuardStatus
    from .policy import Policy
    from .resolver import Address
    from .trust import Trust

VARIABLE = "ENV_CONFIG_ENVIRONMENT"
"""Declares the environment; nothing else does."""


class _Settled:
    """What was found out once and for all."""

    __slots__ = ("book", "declared", "environment")

    def __init__(self, declared: str, environment: Environment, book: Book) -> None:
        self.declared = declared
        self.environment = environment
        self.book = book


class Runtime:
    """One process's view of its environment; :mod:`env_config` keeps one, tests make their own.

    Args:
        book: the folder of compiled books, or one book's file; None reads ``ENV_CONFIG_BOOK``.
        trust: the file of trusted keys; None reads ``ENV_CONFIG_TRUST``, else takes ``trust.json`` beside the book.
        environ: the process's variables.
        clock: seconds since 1970, for the book's and the attestations' expiry.
    """

    def __init__(
        self,
        book: str | os.PathLike[str] | None = None,
        trust: str | os.PathLike[str] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._places = book, trust
        self._environ: Mapping[str, str] = os.environ if environ is None else environ
        self._clock = clock
        # No lock: a child that is forked while somebody holds one could never start. Threads that come first at the same
        # time each find out, and what one of them put down first stands for all.
        self._settled: dict[str, _Settled] = {}
        self._shelf: Shelf | None = None
        self._policy: Policy | None = None
        self._addresses: dict[str, Address] = {}
        self.is_given = False

    @classmethod
    def found_out(cls, environment: Environment, policy: Policy, *, environ: Mapping[str, str]) -> Runtime:
        """A runtime that asks nobody, because its maker knows: that of a test."""
        made = cls(environ=environ)
        made._settled["state"] = _Settled(environment.declared, environment, policy.book)
        made._policy = policy
        made.is_given = True
        return made

    def forget_addresses(self) -> None:
        """Look every address up again, as the book has changed: that of a test."""
        self._addresses.clear()

    @property
    def trust(self) -> Trust:
        """The keys that may sign books, stamps, grants and tokens.

        Raises:
            BookRefused: BOOK_MISSING if the file is not there, BOOK_SIGNATURE if it cannot be read.
        """
        return self._books().trust

    @property
    def environment(self) -> Environment:
        """The environment this process runs in, determined once and frozen.

        Raises:
            EnvironmentRefused: unset, unknown, contradicted, unattested, or changed since it was determined.
            BookRefused: there is no book to look the name up in.
        """
        return self._state().environment

    @property
    def book(self) -> Book:
        """The compiled book of this process's environment."""
        return self._state().book

    @property
    def policy(self) -> Policy:
        """Judges targets by the book."""
        if self._policy is None:
            from .policy import Policy

            self._policy = Policy(self.book)
        return self._policy

    def address(self, name: str) -> Address:
        """The address of a service in this environment, or a refusal that says why not.

        Args:
            name: the service's name in the book, or one of its aliases.

        Raises:
            TargetRefused: UNDECLARED if the book of this environment does not have it.
            EnvironmentRefused: which environment this is cannot be told, or it may not resolve the service.
        """
        found = self._addresses.get(name)
        if found is None or self._environ.get(VARIABLE) != self._settled["state"].declared:
            found = self._resolve(name)
        return found

    def evidence(self) -> tuple[Evidence, ...]:
        """What the platform attests, good or bad, whatever it means: for showing."""
        from .attestation import gather

        _, first = self._books().any_book(self._environ.get(VARIABLE, ""))
        return gather(self._environ, first.environments, self.trust, now=int(self._clock()))

    def use_grant(
        self, path: str | os.PathLike[str], name: str, environment: str, *, mode: str = "read-only"
    ) -> Address:
        """Reach one service of another environment for a short while, as a signed grant permits.

        Args:
            path: of the grant.
            name: the service, as that environment's book calls it.
            environment: whose service.
            mode: ``read-only``, where every session of the address is; or ``read-write``.

        Returns:
            Its address there. The guards of this process let connections to it through from now on.

        Raises:
            GrantRefused: the grant does not hold, is for something else, or its use cannot be logged.
            TargetRefused: UNDECLARED if that environment has no such service.
        """
        from .grants import use_grant
        from .resolver import Address

        now = int(self._clock())
        meant = self.book.canonical_environment(environment) or environment
        book = self._books().book_of(meant)
        service = self._found(name, book)
        address = Address(service, book.environment, read_only=mode == "read-only")
        use_grant(path, self.trust, service.name, book.environment, mode, now=now)
        self.policy.permit(service, book)
        return address

    def install_guards(self) -> list[GuardStatus]:
        """Put every guard of the book into force and prove that each bites.

        Raises:
            TargetRefused: AMBIENT if a variable of this process leads to production.
            GuardInactive: a guard does not bite.
        """
        from . import guards

        return guards.install(self.policy, environ=self._environ)

    # ----------------------------------------------------------------------------------------------------------- inside

    def _resolve(self, name: str) -> Address:
        from .attestation import check_access
        from .guards.assertion_guard import in_mode
        from .resolver import Address

        book = self.book
        service = self._found(name, book)
        check_access(service, book.rules, self.environment)
        self._judge(service)
        self._addresses[name] = found = Address(in_mode(service, book.guards["assertion"]), book.environment)
        return found

    @staticmethod
    def _found(name: str, book: Book) -> Service:
        from .errors import TargetRefused

        if name not in book.services:
            raise TargetRefused(
                f"the book of {book.environment} has no service {name!r}",
                code="UNDECLARED",
                service=name,
                environment=book.environment,
                rule="declared-service",
                hint=_nearest(name, book.services),
            )
        return book.services[name]

    def _judge(self, service: Service) -> None:
        """A book that was compiled has been proved; one that a later rule refuses is refused here as well."""
        if not service.shared and service.host:
            self.policy.judge_host(service.host, service.port).enforce(
                service=service.name, environment=self.book.environment
            )

    def _state(self) -> _Settled:
        state = self._settled.get("state")
        if state is None:
            state = self._settled.setdefault("state", self._determine())
        elif self._environ.get(VARIABLE) != state.declared:
            self._check_unchanged(state)
        return state

    def _determine(self) -> _Settled:
        from .attestation import determine, gather
        from .ownership import assert_ours

        assert_ours()
        now = int(self._clock())
        declared = self._environ.get(VARIABLE)
        if declared is None or not declared.strip():
            raise EnvironmentRefused(code="ENV_UNSET", rule="declared-environment")
        opened = self._books().any_book(declared)
        environments = opened[1].environments
        evidence = gather(self._environ, environments, self.trust, now=now)
        environment = determine(declared, evidence, environments)
        return _Settled(declared, environment, self._books().book_of(environment.name, opened))

    def _books(self) -> Shelf:
        if self._shelf is None:
            from .book.shelf import Shelf

            self._shelf = Shelf(*self._places, self._environ, self._clock)
        return self._shelf

    def _check_unchanged(self, state: _Settled) -> None:
        """Another spelling of the same environment is fine; another environment is an error even where it is right."""
        declared = self._environ.get(VARIABLE)
        if declared is None or state.book.canonical_environment(declared) != state.environment.name:
            raise EnvironmentRefused(
                f"this process began in {state.environment.name}, and {VARIABLE} says something else now",
                code="ENV_CONFLICT",
                environment=state.environment.name,
                rule="frozen-environment",
                hint="start another process for another environment",
            )


def _nearest(name: str, services: Mapping[str, Service]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(services), n=3)
    return f"nearest: {', '.join(near)}" if near else "declare it in the book for this environment and compile it again"


_PROCESS = Runtime()


def configure(book: str | os.PathLike[str] | None = None, trust: str | os.PathLike[str] | None = None) -> None:
    """Say where the books and the trusted keys are, before the first use.

    Raises:
        EnvironmentRefused: ENV_CONFLICT if this process has been using another book already.
    """
    global _PROCESS
    if _PROCESS.is_given:
        return  # an application under test says where its books are, and gets the test's
    if _PROCESS._settled:
        raise EnvironmentRefused(
            "this process uses a book already",
            code="ENV_CONFLICT",
            rule="frozen-environment",
            hint="call configure() once, before the first address()",
        )
    _PROCESS = Runtime(book, trust)


def process() -> Runtime:
    """The runtime of this process."""
    return _PROCESS


def replace_process(runtime: Runtime) -> Runtime:
    """Give this process another runtime, and return the one it had: that of a test."""
    global _PROCESS
    before, _PROCESS = _PROCESS, runtime
    return before


def address(name: str) -> Address:
    """The address of a service in the environment this process runs in; see :meth:`Runtime.address`."""
    return _PROCESS.address(name)


def environment() -> Environment:
    """The environment this process runs in; see :attr:`Runtime.environment`."""
    return _PROCESS.environment


def book() -> Book:
    """The compiled book of this process's environment."""
    return _PROCESS.book


def policy() -> Policy:
    """The policy of this process's environment."""
    return _PROCESS.policy


def install_guards() -> list[GuardStatus]:
    """Put every guard of the book into force; see :meth:`Runtime.install_guards`."""
    return _PROCESS.install_guards()


def use_grant(path: str | os.PathLike[str], name: str, environment: str, *, mode: str = "read-only") -> Address:
    """Reach one service of another environment for a short while; see :meth:`Runtime.use_grant`."""
    return _PROCESS.use_grant(path, name, environment, mode=mode)
