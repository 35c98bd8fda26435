"""No rule is there for nothing: without any single one, at least one case of the corpus turns red.

Every case that needs nothing but this process runs once while each rule notes when it speaks. A rule that says nothing in a case
cannot change it, so a rule is then taken away only for the cases in which it spoke.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from env_config import canonical
from tests.env_config.test_threats import complaints
from tests.env_config.threats import corpus
from tests.env_config.threats.corpus import Case
from tests.env_config.threats.dispatch import needs_nothing, run
from tests.env_config.threats.world import World

Rules = MutableMapping[str, Any]

REGISTRIES = (
    "env_config.attestation.access.RULES",
    "env_config.attestation.rules.RULES",
    "env_config.authoring.proof.RULES",
    "env_config.canonical.disagreements.RULES",
    "env_config.grants.RULES",
    "env_config.guards.ambient.RULES",
    "env_config.guards.identity.RULES",
    "env_config.guards.login_errors.RULES",
    "env_config.guards.stamping.RULES",
    "env_config.policy.credentials.RULES",
    "env_config.policy.rules.RULES",
    "env_config.scan.crossing.TREE_RULES",
    "env_config.scan.rules.RULES",
    "env_config.signature.CLAIM_CHECKS",
)
OWN_TESTS: dict[str, str] = {}
"""Registries that no case can decide: why, and the test that takes their rules away."""
REGISTRY = re.compile(r"^(?P<name>[A-Z_]*(?:RULES|CHECKS))\b[^=\n]*= \{$", re.MULTILINE)
"""How a module keeps rules that can be taken away."""


def registry(name: str) -> Rules:
    """The rules, as their evaluator reads them."""
    module, _, attribute = name.rpartition(".")
    rules: Rules = getattr(import_module(module), attribute)
    return rules


RULES = [(name, rule) for name in REGISTRIES for rule in registry(name)]
CASES = [
    (path, case)
    for path in sorted(corpus.OWN.glob("*.yaml"))
    for case in corpus.read(path).cases
    if needs_nothing(case)
]


class Runs:
    """Runs cases, and knows which rules spoke in which."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self.folder, self.request = folder, request
        self.worlds = {}
        for path in {path for path, _ in CASES}:
            self.worlds[path] = world = World(corpus.read(path).fixture, folder / path.stem)
            world.folder.mkdir()
            assert world.books and world.key  # made while all rules are there
        self.spoke: dict[tuple[str, str], list[tuple[Path, Case]]] = defaultdict(list)
        self.red: list[str] = []
        for path, case in CASES:
            with listening() as said:
                if self.is_red(path, case):
                    self.red.append(case.id)
            for rule in said:
                self.spoke[rule].append((path, case))

    def is_red(self, path: Path, case: Case) -> bool:
        """The case does not end as it should."""
        canonical.forget()
        try:
            return bool(complaints(case, run(case, self.worlds[path], self.request, self.folder)))
        except Exception:  # noqa: BLE001 - whatever goes wrong, somebody would see it
            return True


@contextmanager
def listening() -> Iterator[set[tuple[str, str]]]:
    """Every rule notes when it speaks."""
    said: set[tuple[str, str]] = set()
    kept = {name: dict(registry(name)) for name in REGISTRIES}
    try:
        for name, rules in kept.items():
            registry(name).update({rule: noting(rules[rule], said, (name, rule)) for rule in rules})
        yield said
    finally:
        for name, rules in kept.items():
            registry(name).clear()
            registry(name).update(rules)


def noting(rule: Any, said: set[tuple[str, str]], key: tuple[str, str]) -> Any:
    """The rule itself, which notes when it finds something or raises."""
    if isinstance(rule, tuple):
        return tuple(noting(part, said, key) if callable(part) else part for part in rule)

    @functools.wraps(rule)
    def noted(*arguments: Any) -> Any:
        try:
            found = rule(*arguments)
            found = list(found) if isinstance(found, Iterator) else found
        except Exception:
            said.add(key)
            raise
        if found:
            said.add(key)
        return found

    return noted


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Runs:
    return Runs(tmp_path_factory.mktemp("worlds"), request)


def test_every_registry_of_rules_is_here() -> None:
    """A module that keeps rules is in the table above, so that none escapes this test."""
    root = Path(import_module("env_config").__file__ or "").parent
    holders = {
        ".".join(("env_config", *path.relative_to(root).with_suffix("").parts, match["name"]))
        for path in root.rglob("*.py")
        for match in REGISTRY.finditer(path.read_text(encoding="utf-8"))
    }
    assert holders == {*REGISTRIES, *OWN_TESTS}


def test_with_every_rule_no_case_is_red(runs: Runs) -> None:
    """The cases are green to begin with, so that red means the rule that was taken away."""
    assert runs.red == []


@pytest.mark.parametrize(
    ("name", "rule"),
    RULES,
    ids=[f"{name.removeprefix('env_config.').rpartition('.')[0]}-{rule}" for name, rule in RULES],
)
def test_without_the_rule_a_case_turns_red(name: str, rule: str, runs: Runs) -> None:
    """Disabling one rule changes the outcome of at least one case."""
    rules = registry(name)
    kept = dict(rules)
    del rules[rule]
    try:
        assert any(runs.is_red(path, case) for path, case in runs.spoke[name, rule]), (
            f"no case misses the rule {rule!r} of {name}; it spoke in "
            f"{', '.join(case.id for _, case in runs.spoke[name, rule]) or 'none'}"
        )
    finally:
        rules.clear()
        rules.update(kept)
