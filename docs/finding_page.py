"""The page of findings: the codes as they are defined, with the words and the severities that the source gives them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import reference_page
from reference_page import as_table, literal_words

from seeds.finding_codes import finding_codes
from seeds.findings import Severity
from seeds.rejections import Reason

_SCRIPT = "build_reference.py"
_SEEDS = Path(__file__).resolve().parent.parent / "seeds"
_REFUSED = "ROWS_REFUSED_"
_METHODS = {"find": Severity.WARNING, "block": Severity.ERROR}
_SAYS = 3


@dataclass(frozen=True, slots=True)
class Use:
    """One place of the source that makes a finding."""

    code: str
    severity: Severity
    says: str
    path: str


def findings_page() -> str:
    """Every code of a finding."""
    uses: dict[str, list[Use]] = {}
    for use in uses_of_findings():
        uses.setdefault(use.code, []).append(use)
    rows = [
        (f"`{one.code}`", _severities(uses.get(one.code, [])), one.meaning, one.remedy)
        for one in sorted(finding_codes(), key=lambda one: one.code)
    ]
    return reference_page.page(
        "Findings",
        _SCRIPT,
        "What `understudy plan`, `seed` and `reset` say of one table or column, without stopping for the others: "
        "`severity[CODE] subject: what was found`, and a hint. With `--json` each has its code, severity, subject, "
        "message, hint and a fingerprint, which stays the same between runs. Codes are stable; words are not.",
        "An *error* means that a table does not hold the rows that fit it, or that a reset left rows behind; the command "
        "ends with 3. A *warning* is worth a look. *Info* says what was decided: `plan` and `reset` print it, `seed` only "
        "with `--json`. What stops a command as a whole is [an error](errors.md).",
        as_table(("code", "severity", "means", "what to do"), rows),
    )


def _severities(uses: list[Use]) -> str:
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    return ", ".join(str(one) for one in order if any(use.severity is one for use in uses))


def uses_of_findings(folder: Path = _SEEDS) -> Iterator[Use]:
    """Every finding that the source makes, found without importing it."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        makers = dict(_makers(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                for code, severity, says in _of_call(node, makers):
                    yield Use(code, severity, says, path.relative_to(folder).as_posix())


def _makers(tree: ast.Module) -> Iterator[tuple[str, Severity]]:
    """Functions that make a finding of the code that they are given, with its severity: ``f(code, subject, message)``."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.args.args:
            first = function.args.args[0].arg
            for node in ast.walk(function):
                if _makes_finding(node) and ast.unparse(node.args[0]) == first:
                    yield function.name, _severity(node.args[1], Severity.WARNING)


def _makes_finding(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Finding"
        and len(node.args) > _SAYS
    )


def _of_call(node: ast.Call, makers: Mapping[str, Severity]) -> Iterator[tuple[str, Severity, str]]:
    """``Finding(code, severity, subject, message)``, ``draft.find(code, message)``, ``draft.block(code, message)``."""
    if _makes_finding(node):
        severity, says = _severity(node.args[1], Severity.WARNING), node.args[_SAYS]
    elif isinstance(node.func, ast.Name) and node.func.id in makers and len(node.args) >= _SAYS:
        severity, says = makers[node.func.id], node.args[_SAYS - 1]
    elif isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS and len(node.args) > 1:
        given = next((item.value for item in node.keywords if item.arg == "severity"), None)
        severity, says = _severity(given, _METHODS[node.func.attr]), node.args[1]
    else:
        return
    for code in _codes(node.args[0]):
        yield code, severity, literal_words(says)


def _severity(node: ast.expr | None, usual: Severity) -> Severity:
    known = {f"Severity.{one.name}": one for one in Severity}
    return usual if node is None else known.get(ast.unparse(node), usual)


def _codes(node: ast.expr) -> list[str]:
    """The codes that an expression stands for; a refusal's code ends with its reason."""
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body), *_codes(node.orelse)]
    text = literal_words(node)
    if text == f"{_REFUSED}{{…}}":
        return [_REFUSED + reason.value.upper() for reason in Reason]
    return [text] if text.replace("_", "").isalpha() and text.isupper() else []
