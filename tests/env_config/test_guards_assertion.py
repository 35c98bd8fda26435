"""The assertion layer: what its mode changes, and that its own test notices a string without the assertion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from env_config.book.model import IdentityPolicy, Service
from env_config.errors import GuardInactive
from env_config.guards import assertion_guard
from env_config.guards.assertion import connection_string
from env_config.guards.assertion_guard import AssertionGuard, in_mode
from env_config.policy import Policy
from tests.env_config.books import corpus_book

SERVICE = Service("db", "postgresql", host="stage-db.hackney.test", port=5432, database="x")


@pytest.fixture
def guard() -> Iterator[AssertionGuard]:
    one = AssertionGuard()
    one.install(Policy(corpus_book()), "enforce")
    yield one
    one.remove()


@pytest.mark.parametrize(("mode", "assertion"), [("enforce", "startup"), ("report", "query"), ("off", "none")])
def test_the_mode_decides_who_checks(mode: str, assertion: str) -> None:
    """The server itself, the identity layer after connecting, or nobody."""
    changed = in_mode(SERVICE, mode)
    assert changed.identity.assertion == assertion
    assert ("text_search" in connection_string(changed, "staging", "psycopg", {})) == (mode == "enforce")


def test_a_service_that_asks_for_less_keeps_it() -> None:
    """A pooler's service stays with the question, whatever the mode is."""
    pooled = replace(SERVICE, identity=IdentityPolicy(assertion="query"))
    assert [in_mode(pooled, mode) for mode in ("enforce", "report", "off")] == [pooled] * 3


def test_the_guard_bites(guard: AssertionGuard) -> None:
    """Strings as they are made pass the guard's own test."""
    guard.self_test()


def test_a_string_without_the_assertion_is_noticed(guard: AssertionGuard, monkeypatch: pytest.MonkeyPatch) -> None:
    """One driver whose string lost the assertion ends the start."""

    def forgetful(service: Service, environment: str, driver: str, more: dict[str, str]) -> str:
        text = connection_string(service, environment, driver, more)
        return text.replace("env_staging", "simple") if driver == "jdbc" else text

    monkeypatch.setattr(assertion_guard, "connection_string", forgetful)
    with pytest.raises(GuardInactive, match="jdbc"):
        guard.self_test()


def test_a_guard_that_is_not_installed_does_not_bite() -> None:
    """Nothing is claimed before it is in force."""
    with pytest.raises(GuardInactive):
        AssertionGuard().self_test()
