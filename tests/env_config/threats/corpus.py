"""The corpus: cases, and what a runner may rely on. A field or a kind that it does not know is a failure, never a skip."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

VARIABLE = "ENV_CONFIG_CORPUS"
OWN = Path(__file__).resolve().parents[1] / "corpus"

CASE_FIELDS = frozenset(
    {
        "id",
        "category",
        "kind",
        "kind_override",
        "layer",
        "title",
        "description",
        "input",
        "given",
        "expect",
        "evidence",
        "ref",
    }
)
EXPECT_FIELDS = frozenset({"verdict", "code", "environment", "also", "detected_by", "not_detected_by"})
GIVEN_FIELDS = frozenset({"environment", "process_env", "platform"})


class UnknownToTheRunner(AssertionError):
    """The corpus says something that this runner does not understand."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the library said about a case.

    Attributes:
        verdict: allow, warn, refuse or deny.
        codes: every code that applies; ``OK`` alone if none does.
        environment: the environment that was found, where the case is about that.
        detected_by: the layers that refused, where the case ran under several.
        missed_by: the layers that were tried and let it through.
    """

    verdict: str
    codes: tuple[str, ...]
    environment: str = ""
    detected_by: frozenset[str] = frozenset()
    missed_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the corpus, its fields checked."""

    id: str
    kind: str
    category: str
    layer: str
    title: str
    input: Any
    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> str:
        return str(self.given.get("environment", self.defaults.get("environment", "staging")))

    def fields(self, known: Collection[str]) -> dict[str, Any]:
        """The input as a mapping of which every field is known to the caller."""
        if not isinstance(self.input, Mapping):
            raise UnknownToTheRunner(f"{self.id}: {self.kind} wants a mapping, not {self.input!r}")
        return only(self.input, known, self.id)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus file."""

    fixture: Mapping[str, Any]
    codes: tuple[str, ...]
    cases: tuple[Case, ...]


def only(found: Mapping[str, Any], known: Collection[str], where: str) -> dict[str, Any]:
    """The mapping itself, if it has no other fields than those."""
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise UnknownToTheRunner(
            f"{where}: unknown field {', '.join(map(repr, unknown))}; known: {', '.join(sorted(known))}"
        )
    return dict(found)


def paths() -> list[Path]:
    """The file that the variable names, else those beside the tests."""
    chosen = os.environ.get(VARIABLE)
    return [Path(chosen)] if chosen else sorted(OWN.glob("*.yaml"))


def read(path: Path) -> Corpus:
    """Read one file; a corpus without a fixture of its own takes the packaged one's."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    only(document, {"version", "fixture", "codes", "defaults", "cases"}, path.name)
    fixture = document.get("fixture") or yaml.safe_load((OWN / "threats.yaml").read_text(encoding="utf-8"))["fixture"]
    defaults = document.get("defaults") or {}
    return Corpus(fixture, tuple(document.get("codes") or ()), tuple(_case(raw, defaults) for raw in document["cases"]))


def _case(raw: Mapping[str, Any], defaults: Mapping[str, Any]) -> Case:
    where = str(raw.get("id", raw))
    # A comma in an unquoted title ends it in YAML's short form; what follows is a key without a value, and says nothing.
    raw = {name: value for name, value in raw.items() if name in CASE_FIELDS or value is not None}
    only(raw, CASE_FIELDS, where)
    given = only(raw.get("given") or {}, GIVEN_FIELDS, f"{where}.given")
    expect = only(raw["expect"], EXPECT_FIELDS, f"{where}.expect")
    return Case(
        id=where,
        kind=str(raw.get("kind_override") or raw["kind"]),
        category=str(raw.get("category", "")),
        layer=str(raw.get("layer", "")),
        title=str(raw.get("title", "")),
        input=raw.get("input"),
        given=given,
        expect=expect,
        defaults=defaults,
    )
