"""Where names lead when a book is compiled."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import pytest

from env_config.authoring import check_source, closure, compile_book, parse_source
from env_config.authoring.closure import Resolution, closures, system_resolve, unresolved
from tests.env_config.address_sources import NOW, TODAY, Spoil, Tree, entry, problems_of, spoiled

Answers = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


def codes(answers: Answers, spoil: Spoil | None = None) -> set[str]:
    """What the proof says when DNS says this."""
    return {one.code for one in problems_of(spoiled(spoil), resolve=lambda name: answers.get(name, ((), ())))}


@pytest.mark.parametrize(
    "answers",
    [
        {"sc-db.stage.example": (("SC-DB.live.example.",), ())},
        {"sc-db.stage.example": (("a.example", "sc-db.live.example", "b.example"), ())},
        {"sc-db.stage.example": (("cluster.example",), ()), "sc-db.live.example": (("cluster.example",), ())},
        {"sc-db.stage.example": ((), ("192.0.2.99",)), "sc-db.live.example": ((), ("192.0.2.99",))},
        {"sc-db.stage.example": ((), ("::ffff:192.0.2.77",))},
        {"sc-db.stage.example": ((), ("10.120.32.200",))},
        {"person-api.staging.internal.example": (("person-api.production.internal.example",), ())},
    ],
)
def test_a_name_that_leads_to_production_is_denied(answers: Answers) -> None:
    """By an alias on the way, by a name or an address both end at, or by production's network."""
    assert codes(answers) == {"PROD_DNS"}


@pytest.mark.parametrize(
    "answers",
    [
        {"sc-db.stage.example": (("node7.stage.example",), ("192.0.2.66", "198.51.100.1"))},
        {"rs.example": (("rs-node.example",), ("192.0.2.173", "192.0.2.174"))},
        {"auth.borough.example": (("login.example",), ("203.0.113.1",)), "sc-db.stage.example": ((), ("203.0.113.2",))},
    ],
)
def test_a_name_that_leads_home_is_let_through(answers: Answers) -> None:
    """Own addresses, one host with a port for each environment, and what is shared are fine."""
    assert codes(answers) == set()


def test_a_front_of_several_environments_is_declared() -> None:
    """A content network's addresses tell nothing, once the book says so; undeclared, they are production's."""
    answers: Answers = {
        f"person-api.{name}.internal.example": ((), ("203.0.113.9",)) for name in ("production", "staging")
    }

    def declare(tree: Tree) -> None:
        tree["shared"].append({"cidrs": ["203.0.113.0/24"], "reason": "content network", "review_by": "2027-01-01"})

    assert codes(answers) == {"PROD_DNS"}
    assert codes(answers, declare) == set()
    books = compile_book(
        parse_source(spoiled(declare)), now=NOW, today=TODAY, resolve=lambda name: answers.get(name, ((), ()))
    )
    assert books["staging"].services["person-api"].addresses == ()
    assert "203.0.113.9" not in repr([one.endpoints for one in books["staging"].foreign])


def test_what_dns_says_is_compiled_in() -> None:
    """Addresses known at compile time stand in the service and in the territory, sorted after those of the book."""
    answers: Answers = {"sc-db.live.example": ((), ("192.0.2.79", "192.0.2.78"))}
    books = compile_book(
        parse_source(spoiled()), now=NOW, today=TODAY, resolve=lambda name: answers.get(name, ((), ()))
    )
    assert books["production"].services["social-care-db"].addresses == ("192.0.2.77", "192.0.2.78", "192.0.2.79")
    production = next(one for one in books["staging"].foreign if one.environment == "production")
    endpoint = next(one for one in production.endpoints if one.host == "sc-db.live.example")
    assert endpoint.addresses == ("192.0.2.77", "192.0.2.78", "192.0.2.79")


def test_only_names_are_asked_and_each_once() -> None:
    """Addresses, sockets and tunnels lead nowhere else."""
    asked: list[str] = []

    def resolve(name: str) -> tuple[Iterable[str], Iterable[str]]:
        asked.append(name)
        return (), ()

    def spoil(tree: Tree) -> None:
        entry(tree, "x").update(host="192.0.2.9")
        entry(tree, "y").update(host="/var/run/y")

    checked = check_source(parse_source(spoiled(spoil)), today=TODAY, resolve=resolve)
    assert len(asked) == len(set(asked))
    assert "rs.example" in asked
    assert not {"192.0.2.9", "/var/run/y", "127.0.0.1"} & set(asked)
    assert checked.unresolved == tuple(sorted(asked))


def test_a_name_that_does_not_resolve_is_reported_not_raised() -> None:
    """A private name is unknown where the book is compiled; the caller is told which."""

    def resolve(name: str) -> tuple[Iterable[str], Iterable[str]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    answers = closures(["a.example"], resolve)
    assert answers == {"a.example": Resolution()}
    assert unresolved(answers) == ("a.example",)


def test_answers_that_are_no_hosts_are_left_out() -> None:
    """A resolver's odd answer does not stop the proof."""
    answers = closures(["a.example"], lambda _: (["b c", "A.example."], ["fe80::1%eth0", "not an address"]))
    assert answers == {"a.example": Resolution((), ("fe80::1",))}


def test_the_system_resolver_gives_chain_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Canonical name, aliases on the way, and every address of both families."""
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [
            (socket.AF_INET, 1, 6, "end.example", ("192.0.2.1", 0)),
            (socket.AF_INET6, 1, 6, "", ("2001:db8::1", 0, 0, 0)),
        ],
    )
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda _: ("end.example", ["middle.example"], ["192.0.2.1"]))
    assert system_resolve("a.example") == Resolution(
        ("end.example", "end.example", "middle.example"), ("192.0.2.1", "2001:db8::1")
    )


def test_a_name_without_ipv4_still_resolves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call that lists aliases knows IPv4 only; its failure loses nothing else."""

    def unknown(_: str) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET6, 1, 6, "", ("::1", 0, 0, 0))])
    monkeypatch.setattr(socket, "gethostbyname_ex", unknown)
    assert system_resolve("a.example") == Resolution((), ("::1",))


def test_localhost_resolves_for_real() -> None:
    """The default resolver is this machine's own."""
    assert set(closures(["localhost"], closure.system_resolve)["localhost"].addresses) & {"127.0.0.1", "::1"}
