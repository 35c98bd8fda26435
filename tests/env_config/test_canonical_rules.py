"""Each rule about disagreeing clients stands on its own: its witness is refused by it, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from env_config.canonical import disagreements, forget, targets
from env_config.errors import TargetRefused

WITNESSES = {
    "host-blank": (" prod-db.hackney.test", "host"),
    "host-number": ("127.0.0.256", "host"),
    "host-bracket": ("[prod-db.hackney.test]", "host"),
    "host-encoding": ("http://%2570rod-db.hackney.test/", "url"),
    "socket-path": ("/run/staging/../production", "host"),
    "idn-deviation": ("faß.hackney.test", "host"),
    "idn-delimiter": ("prod․hackney.test", "host"),
    "idn-edition": ("\U0002f868.hackney.test", "host"),
    "idn-lookalike": ("рrod-db.hackney.test", "host"),
    "url-blank": (" http://prod-db.hackney.test/", "url"),
    "url-backslash": ("http://prod-db.hackney.test\\@stage-db.hackney.test/", "url"),
    "url-slashes": ("http:///prod-db.hackney.test/", "url"),
    "url-user": ("http://stage-db.hackney.test#@prod-db.hackney.test/", "url"),
    "authority-users": ("http://u@stage-db.hackney.test@prod-db.hackney.test/", "url"),
    "dsn-database": ("host=stage-db.hackney.test dbname='host=prod-db.hackney.test'", "dsn"),
    "aws-path": ("https://s3.eu-west-2.amazonaws.com/lbh-staging/../lbh-production/key", "aws"),
}
"""A text for each rule, and its kind."""


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    forget()
    yield
    forget()


def test_every_rule_has_a_witness() -> None:
    """No rule is without a text that shows what it is for."""
    assert WITNESSES.keys() == disagreements.RULES.keys()


@pytest.mark.parametrize("rule", WITNESSES)
def test_the_rule_refuses_its_witness(rule: str) -> None:
    """What clients read differently is refused, and the refusal names the rule."""
    with pytest.raises(TargetRefused) as refusal:
        targets(*WITNESSES[rule])
    assert (refusal.value.code, refusal.value.rule) == ("AMBIGUOUS", rule)


@pytest.mark.parametrize("rule", WITNESSES)
def test_without_the_rule_its_witness_passes(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other rule does the work of this one: taken out, its witness is read as one of the clients reads it."""
    monkeypatch.delitem(disagreements.RULES, rule)
    assert targets(*WITNESSES[rule])


@pytest.mark.parametrize("rule", WITNESSES)
def test_a_refusal_holds_no_secret(rule: str) -> None:
    """A refusal's words show nothing of a string that may hold a password."""
    text, kind = WITNESSES[rule]
    with pytest.raises(TargetRefused) as refusal:
        targets(text, kind)
    assert text not in str(refusal.value) or kind == "host"
