"""The assertion layer among the guards: every connection string that the book asks it for must carry the assertion."""

from __future__ import annotations

from dataclasses import replace

from ..book.model import IdentityPolicy, Service
from .assertion import connection_string, startup_option
from .self_test import Judge, inactive

_DRIVERS = ("psycopg", "psycopg2", "sqlalchemy", "adbc", "asyncpg", "jdbc", "npgsql")
_PROBE = Service("sentinel", "postgresql", host="sentinel.env-config.invalid", port=5432, database="sentinel")


def in_mode(service: Service, mode: str) -> Service:
    """The service as the layer's mode has it: only ``enforce`` lets the server itself refuse the login.

    In ``report`` the marker is read after connecting, by the identity layer in its own mode; ``off`` asks nothing.
    """
    if mode == "enforce" or service.identity.assertion != "startup":
        return service
    assertion = "query" if mode == "report" else "none"
    return replace(service, identity=replace(service.identity, assertion=assertion))


class AssertionGuard:
    """Has nothing to install: the strings are made when they are asked for. Its test makes one for each driver."""

    name = "assertion"
    layer = "assertion"

    def __init__(self) -> None:
        self.mode = "off"
        self._policy: Judge | None = None

    @property
    def installed(self) -> bool:
        return self._policy is not None

    def install(self, policy: Judge, mode: str) -> None:
        """Keep the policy for the test."""
        self.mode, self._policy = mode, policy

    def remove(self) -> None:
        self._policy = None

    def self_test(self) -> None:
        """A string that the book asks the assertion for, and does not carry it, would let a wrong server in."""
        if self._policy is None:
            raise inactive(self.name, "it is not installed")
        environment = self._policy.book.environment
        wanted = startup_option(environment).partition("=")[2]
        probe = replace(_PROBE, identity=IdentityPolicy(assertion="startup"))
        for driver in _DRIVERS:
            if wanted not in connection_string(probe, environment, driver, {}):
                raise inactive(self.name, f"a connection string for {driver} does not carry the assertion")


GUARD = AssertionGuard()
"""The process's one."""
