"""Rules that need more than one file, or more than one place in a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..verdict import DENY, WARN
from .addresses import WHO_MAY_COME_IN, Piece
from .model import Finding, Literal
from .sheet import Sheet
from .stages import MIXED, Stages, tokens

_CALL = re.compile(r"(?<![\w.\"'`])(?:dotenv\.)?(?:load_dotenv|find_dotenv)\((?P<given>[^()\"'/]*)\)")
_ARGUMENT = re.compile(r"^\s*(?:\w+\s*=\s*(?:True|False|None)\s*,?\s*)*$")
_EVERYWHERE = re.compile(
    r"^(?:0\.|127\.|255\.|169\.254\.|8\.8\.|1\.[01]\.[01]\.1|10\.0\.0\.0/8|172\.16\.0\.0/12|192\.168\.0\.0/16|::1?$)"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file that a rule over several files may speak of."""

    path: str
    line: int
    column: int
    keys: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stage's value of a setting that other stages have too."""

    stage: str
    production: bool
    value: str
    kind: str
    mark: Mark


@dataclass(slots=True)
class Ledger:
    """What is remembered of every file until the last one has been read."""

    entries: dict[tuple[str, ...], list[Entry]] = field(default_factory=dict)
    calls: list[Mark] = field(default_factory=list)
    dotenvs: dict[str, str] = field(default_factory=dict)
    outer: str = ""

    def add(self, sheet: Sheet, findings: list[Finding]) -> None:
        """Remember what a file has for the rules of :data:`TREE_RULES`."""
        if sheet.format.name == "python" and "dotenv(" in sheet.text:
            self.calls.extend(_calls(sheet))
        if sheet.is_dotenv and sheet.path.rpartition("/")[2] == ".env":
            # Whatever the variable is called: loading the file puts every one of them into the process.
            leads = [finding for finding in findings if finding.code.startswith("PROD_")]
            if leads:
                self.dotenvs[sheet.path.rpartition("/")[0]] = leads[0].code
        if not sheet.format.program and not sheet.is_recording and not sheet.is_ci:
            for key, entry in _entries(sheet):
                self.entries.setdefault(key, []).append(entry)


def _calls(sheet: Sheet) -> Iterator[Mark]:
    for match in _CALL.finditer(sheet.text):
        if _ARGUMENT.match(match["given"]) and "#" not in sheet.line_at(match.start()).partition(match[0])[0]:
            yield Mark(sheet.path, *sheet.position(match.start()))


def _entries(sheet: Sheet) -> Iterator[tuple[tuple[str, ...], Entry]]:
    stages = sheet.judge.stages
    path_stage = sheet.stage
    for literal, inside in sheet.addressed:
        stage = _stage_of(literal, stages) or path_stage
        if stage is None or stage == MIXED or literal.bare:
            continue
        for piece in inside:
            if _is_one_place(sheet, literal, piece):
                group = (*(_without(part, stages) for part in sheet.path.split("/")), ":")
                group += tuple("[]" if key[:1] == "[" else _without(key, stages) for key in literal.keys)
                mark = Mark(sheet.path, *sheet.position(literal.at + piece.at), literal.keys, _shown(piece))
                port = sheet.port_beside(literal) if piece.kind in ("host", "ip") else None
                value = f"{piece.text.lower()}:{port}"
                yield group, Entry(stage, stages.is_production(stage), value, piece.kind, mark)


def _stage_of(literal: Literal, stages: Stages) -> str | None:
    for key in reversed(literal.keys):
        if not key.startswith("[") and len(key) < 80:
            stage = stages.named(key) or stages.label(key, anywhere=False, camel=True)
            if stage is not None:
                return stage
    return None


def _without(text: str, stages: Stages) -> str:
    """A name with every stage in it replaced, so that the names of one thing in two stages become one."""
    words = list(tokens(text, camel=True))
    for match in reversed(stages.matches(tuple(words))):
        words[match.start : match.end] = ["*"]
    return "-".join(words)


def _is_one_place(sheet: Sheet, literal: Literal, piece: Piece) -> bool:
    """It names one place that only one stage should have, and not a thing that all the world shares."""
    judge = sheet.judge
    if not piece.sure or judge.shared(piece) or "${" in piece.text or "{{" in piece.text:
        return False
    if piece.kind == "arn":
        return re.search(r":\d{12}:", piece.text) is not None
    if piece.kind == "ip":
        around = ".".join(literal.keys)
        return not _EVERYWHERE.match(piece.text) and not WHO_MAY_COME_IN.search(around)
    if piece.kind in ("host", "url", "text"):
        return judge.ours(piece) and not judge.everywhere(piece)
    return piece.kind in ("physical", "account", "bucket")


def _shown(piece: Piece) -> str:
    from .rules import masked

    return masked(piece)


def same_in_stages(ledger: Ledger) -> Iterator[tuple[Mark, str, str, str]]:
    """Production and another stage have the same address for the same setting."""
    for entries in ledger.entries.values():
        production = {entry.value for entry in entries if entry.production}
        if not production:
            continue
        for entry in entries:
            if not entry.production and entry.value in production:
                verdict = WARN if entry.kind in ("account", "bucket") else DENY
                yield entry.mark, "PROD_RESOURCE", verdict, f"{entry.stage} and production have the same value here"


def dotenv_in_parent(ledger: Ledger) -> Iterator[tuple[Mark, str, str, str]]:
    """Code loads the nearest ``.env`` above it, and that one leads to production."""
    for call in ledger.calls:
        folder = call.path.rpartition("/")[0]
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in ledger.dotenvs:
                yield call, ledger.dotenvs[folder], DENY, "loads the .env of a folder above, which leads to production"
                break
        else:
            if ledger.outer:
                yield (
                    call,
                    ledger.outer,
                    DENY,
                    "loads a .env above everything that is scanned, which leads to production",
                )


TREE_RULES: dict[str, Callable[[Ledger], Iterator[tuple[Mark, str, str, str]]]] = {
    "same-in-stages": same_in_stages,
    "dotenv-in-parent": dotenv_in_parent,
}
"""The rules over all files; read at the end of every scan."""
