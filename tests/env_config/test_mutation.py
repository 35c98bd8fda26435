"""No rule is there for nothing: without any single one, at least one case of the corpus turns red.

Cases that need servers or other processes are left out here; what remains runs in this process, rule by rule.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from env_config.errors import Refusal
from tests.env_config.test_threats import complaints
from tests.env_config.threats import corpus
from tests.env_config.threats.corpus import Case
from tests.env_config.threats.dispatch import PLAIN, REFERRED, SERVED, run
from tests.env_config.threats.world import World

REGISTRIES: dict[str, tuple[str, ...]] = {
    "env_config.authoring.proof": ("book", "export"),
    "env_config.canonical.disagreements": ("host", "url", "dsn", "ado", "jdbc", "mongodb", "redis", "amqp"),
    "env_config.attestation.access": ("access",),
    "env_config.attestation.rules": ("env", "platform"),
    "env_config.grants": ("override",),
    "env_config.guards.ambient": ("env",),
    "env_config.guards.identity": ("db_state",),
    "env_config.policy.credentials": ("credential", "env"),
    "env_config.policy.rules": ("host", "k8s", "aws", "dsn", "url"),
    "env_config.scan.crossing": ("file", "book"),
    "env_config.scan.rules": ("file", "book"),
}
"""Module with rules: the kinds of cases that its rules decide."""


def registry(name: str) -> MutableMapping[str, Any]:
    """The module's rules, as the evaluator reads them."""
    module = import_module(name)
    rules: MutableMapping[str, Any] = getattr(module, "RULES", None) or module.TREE_RULES
    return rules


RULES = [(name, rule) for name in REGISTRIES for rule in registry(name)]


def cases(kinds: tuple[str, ...]) -> Iterator[tuple[Path, Case]]:
    """The packaged corpus' cases of these kinds that need nothing but this process."""
    for path in sorted(corpus.OWN.glob("*.yaml")):
        for case in corpus.read(path).cases:
            if case.kind in kinds and _is_plain(case):
                yield path, case


def _is_plain(case: Case) -> bool:
    if case.kind == "db_state":
        return isinstance(case.input, dict) and not {"pgbouncer", "role"} & set(case.input)
    if case.kind in ("process", "http", "data", *REFERRED) or case.layer in ("connect", "post_connect", "server"):
        return False
    return case.kind in PLAIN or (case.kind == "dsn" and case.kind not in SERVED)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, World]:
    found = {
        path: World(corpus.read(path).fixture, tmp_path_factory.mktemp("world")) for path in corpus.OWN.glob("*.yaml")
    }
    for world in found.values():
        assert world.books and world.key
    return found


def test_every_registry_of_rules_is_here() -> None:
    """A module that keeps rules is in the table above, so that none escapes this test."""
    root = Path(import_module("env_config").__file__ or "").parent
    holders = {
        "env_config." + ".".join(path.relative_to(root).with_suffix("").parts)
        for path in root.rglob("*.py")
        if any(line.startswith(("RULES: ", "RULES = ", "TREE_RULES")) for line in path.read_text().splitlines())
    }
    assert holders - OWN_TESTS == set(REGISTRIES)


OWN_TESTS: set[str] = set()
"""Modules whose rules no kind of case reaches; their own tests remove each rule."""


@pytest.mark.parametrize(
    ("name", "rule"), RULES, ids=[f"{name.removeprefix('env_config.')}-{rule}" for name, rule in RULES]
)
def test_without_the_rule_a_case_turns_red(
    name: str, rule: str, worlds: dict[Path, World], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Disabling one rule changes the outcome of at least one case."""
    rules = registry(name)
    kept = dict(rules)
    del rules[rule]
    try:
        for path, case in cases(REGISTRIES[name]):
            try:
                if complaints(case, run(case, worlds[path], request, tmp_path)):
                    return
            except (AssertionError, Refusal):
                return
    finally:
        rules.clear()
        rules.update(kept)
    pytest.fail(f"no case misses the rule {rule!r} of {name}")
