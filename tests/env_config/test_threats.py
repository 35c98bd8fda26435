"""Every case of the corpus, by its kind, against the public interface.

``ENV_CONFIG_CORPUS=/path/to/another.yaml`` replaces the files beside the tests. A kind or a field that the runner does not know is
a failure; a case that this platform cannot run is reported with the reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.env_config.threats import corpus
from tests.env_config.threats.corpus import Case, Outcome
from tests.env_config.threats.dispatch import run
from tests.env_config.threats.world import World

CORPORA = {path: corpus.read(path) for path in corpus.paths()}
CASES = [(path, case) for path, found in CORPORA.items() for case in found.cases]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, World]:
    return {path: World(found.fixture, tmp_path_factory.mktemp("world")) for path, found in CORPORA.items()}


def complaints(case: Case, outcome: Outcome) -> list[str]:
    """What differs from what the case expects."""
    expect = case.expect
    wrong = []
    if outcome.verdict != expect["verdict"]:
        wrong.append(f"verdict {outcome.verdict}, not {expect['verdict']}")
    if expect["code"] not in outcome.codes:
        wrong.append(f"codes {', '.join(outcome.codes)}, without {expect['code']}")
    wrong += [
        f"{code} is missing beside {', '.join(outcome.codes)}"
        for code in set(expect.get("also", ())) - set(outcome.codes)
    ]
    if "environment" in expect and outcome.environment != expect["environment"]:
        wrong.append(f"environment {outcome.environment!r}, not {expect['environment']!r}")
    tried = outcome.detected_by | outcome.missed_by
    wrong += [
        f"not detected by {layer}" for layer in expect.get("detected_by", ()) if layer in tried - outcome.detected_by
    ]
    wrong += [f"detected by {layer}" for layer in expect.get("not_detected_by", ()) if layer in outcome.detected_by]
    return wrong


@pytest.mark.parametrize(("path", "case"), CASES, ids=[f"{path.stem}-{case.id}" for path, case in CASES])
def test_a_threat_meets_its_verdict(
    path: Path, case: Case, worlds: dict[Path, World], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The library's verdict and code are those that the corpus asks for."""
    outcome = run(case, worlds[path], request, tmp_path)
    assert complaints(case, outcome) == [], case.title


def test_the_corpus_is_whole() -> None:
    """No identifier is given twice, and every code that is expected is one of the library's."""
    from env_config.codes import CODES

    for found in CORPORA.values():
        names = [case.id for case in found.cases]
        assert sorted(names) == sorted(set(names))
        assert {case.expect["code"] for case in found.cases} <= set(CODES)
        assert set(found.codes) <= set(CODES)


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "telepathy"},
        {"kind": "aws", "input": {"bukket": "x"}},
        {"kind": "host", "surprise": 1},
        {"kind": "book", "input": {"stagging": {}}},
        {"kind": "host", "expect": {"verdict": "deny", "code": "PROD_EXACT", "because": 1}},
        {"kind": "book", "input": {"signature": "curious"}},
        {"kind": "book", "input": {}, "given": {"platform": {"source": "sts"}}},
        {"kind": "access", "input": {"stamps": {}}},
        {"kind": "aws", "given": {"platform": {"source": "sts"}}},
        {"kind": "credential", "input": {"process_env": {}}},
        {"kind": "db_state", "input": {"markers": "staging"}},
        {"kind": "db_state", "input": {"marker": "staging", "oid": "perhaps"}},
        {"kind": "db_state", "input": {"marker": "staging", "copy": "by hand"}},
        {"kind": "env", "input": {"variables": {}}},
        {"kind": "export", "input": "cat /etc/hosts"},
        {"kind": "file", "input": "DATABASE_URL"},
        {"kind": "http", "input": {"process_env": {}}},
        {"kind": "k8s", "input": {"service": "db"}},
        {"kind": "login", "input": {"message": "x"}},
        {"kind": "override", "input": {"grant": {}, "use": {"why": "x"}}},
        {"kind": "platform", "input": {"platform": {"moon": 1}}},
        {"kind": "process", "input": "no_such_library.connect('127.0.0.77')"},
        {"kind": "process", "input": "something happens", "given": {"environment": "test"}},
        {"kind": "stamp", "input": {"marker": "none", "force": True}},
    ],
)
def test_what_the_runner_does_not_know_fails(
    broken: dict[str, object], worlds: dict[Path, World], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An unknown kind or field is a failure and never counts as a case that passed."""
    raw = {"id": "X1", "input": "x", "expect": {"verdict": "deny", "code": "PROD_EXACT"}} | broken
    with pytest.raises(corpus.UnknownToTheRunner):
        run(corpus._case(raw, {}), next(iter(worlds.values())), request, tmp_path)


def test_a_wrong_outcome_is_a_complaint() -> None:
    """A verdict, code, environment or layer that differs is named."""
    raw = {
        "id": "X1",
        "kind": "host",
        "expect": {
            "verdict": "deny",
            "code": "PROD_EXACT",
            "environment": "staging",
            "also": ["TLS_NAME"],
            "detected_by": ["seccomp"],
            "not_detected_by": ["audit_hook"],
        },
    }
    outcome = Outcome("allow", ("OK",), "test", detected_by=frozenset({"audit_hook"}), missed_by=frozenset({"seccomp"}))
    assert len(complaints(corpus._case(raw, {}), outcome)) == 6
