"""Runs the rules over texts, trees and folders."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from os import PathLike
from pathlib import Path

from ..errors import UsageRefused
from ..policy import Policy
from .crossing import TREE_RULES, Ledger, Mark
from .files import MADE_BY_TOOLS, SIZE_LIMIT, Unreadable, dotenvs_above, is_skipped, read, shown_path, walk
from .judging import Judge
from .model import Finding, Report
from .own_files import own_file
from .rules import RULES
from .sheet import Sheet
from .stages import Stages


class Scanner:
    """One scan. Files are read one after the other, and only what rules over several files need is kept of each.

    Args:
        policy: of any environment's book; None leaves the rules that need no book.
        stage: the stage of files that say nothing of one; None stands for every developer's machine.

    Raises:
        UsageRefused: nobody knows a stage of that name.
    """

    def __init__(self, policy: Policy | None = None, *, stage: str | None = None) -> None:
        self._judge = Judge(policy)
        self._stage = None if stage is None else _known_stage(stage, self._judge.stages)
        self._partly: Counter[str] = Counter()
        self._own: list[tuple[str, str]] = []
        self._ledger = Ledger()
        self._findings: list[Finding] = []
        self._files = self._lines = 0

    def add(self, path: str, text: str) -> None:
        """Scan one file."""
        sheet = Sheet(path, text, self._judge, self._stage)
        if why := own_file(sheet):
            sheet.set_apart()
            self._own.append((path, f"{why}; searched for credentials only"))
        elif sheet.for_credentials_only:
            self._partly[_ending(path)] += 1
        found = self._scan(sheet)
        self._ledger.add(sheet, found)
        self._findings.extend(found)
        self._files += 1
        self._lines += sheet.lines

    def look_above(self, paths: Iterable[Path]) -> None:
        """Where code loads the nearest ``.env``, look for it above what was scanned too."""
        if not self._ledger.calls or self._ledger.dotenvs:
            return
        for path in dotenvs_above(paths):
            text = _text_or_none(path)
            found = [] if text is None else self._scan(Sheet(".env", text, self._judge, self._stage))
            leads = [finding.code for finding in found if finding.code.startswith("PROD_")]
            if leads:
                self._ledger.outer = leads[0]
                return

    def report(self, skipped: Iterable[tuple[str, str]] = (), left_out: Mapping[str, int] | None = None) -> Report:
        """What was found in all files, in order of path and line.

        Args:
            skipped: path and reason of files that were not read.
            left_out: kinds of files and folders that nobody expects to be read, and how many there were.
        """
        findings = [*self._findings, *self._crossing()]
        findings.sort(key=lambda one: (one.path, one.line, one.column, one.rule))
        listed = tuple(sorted([*self._own, *skipped]))
        partly, left = _counted(self._partly), _counted(left_out or {})
        return Report(tuple(_numbered(findings)), self._files, self._lines, listed, partly, left)

    def _scan(self, sheet: Sheet) -> list[Finding]:
        found: dict[tuple[int, str, str], Finding] = {}
        for name, rule in RULES.items():
            for draft in rule(sheet):
                line, column = sheet.position(draft.at)
                mark = Mark(sheet.path, line, column, draft.keys, draft.target)
                found.setdefault(
                    (draft.at, draft.code, draft.target), _finding(name, mark, draft.code, draft.verdict, draft.message)
                )
        return list(found.values())

    def _crossing(self) -> Iterable[Finding]:
        taken = {(one.path, one.line) for one in self._findings if one.fails and one.code.startswith("PROD_")}
        for name, rule in TREE_RULES.items():
            for mark, code, verdict, message in rule(self._ledger):
                if (mark.path, mark.line) not in taken:
                    yield _finding(name, mark, code, verdict, message)


def _finding(rule: str, mark: Mark, code: str, verdict: str, message: str) -> Finding:
    key = ".".join(mark.keys)
    facts = "\0".join((rule, code, mark.path, key, mark.target))
    digest = hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return Finding(mark.path, mark.line, mark.column, code, verdict, rule, message, mark.target[:200], key, digest)


def _numbered(findings: Iterable[Finding]) -> Iterable[Finding]:
    """The same thing twice in one file gets two fingerprints, numbered from above."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.fingerprint] += 1
        yield replace(finding, fingerprint=f"{finding.fingerprint}:{seen[finding.fingerprint]}")


def _known_stage(name: str, stages: Stages) -> str:
    found = stages.named(name)
    if found is None:
        near = get_close_matches(name.lower(), stages.spellings, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(stages.names)}"
        raise UsageRefused(f"there is no stage {name}", code="USAGE", rule="scan-stage", hint=hint)
    return found


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else "without an ending"


def _counted(kinds: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The most frequent kind first."""
    return tuple(sorted(kinds.items(), key=lambda one: (-one[1], one[0])))


def _text_or_none(path: Path, limit: int = SIZE_LIMIT) -> str | None:
    try:
        return read(path, limit)
    except Unreadable:
        return None


def scan_tree(files: Mapping[str, str], policy: Policy | None = None, *, stage: str | None = None) -> Report:
    """Scan texts that are given with their paths.

    Args:
        files: text by path, with ``/`` between segments.
        policy: see :class:`Scanner`.
        stage: see :class:`Scanner`.
    """
    scanner = Scanner(policy, stage=stage)
    for path in sorted(files):
        scanner.add(path, files[path])
    return scanner.report()


def scan_text(
    path: str,
    text: str,
    policy: Policy | None = None,
    *,
    tree: Mapping[str, str] | None = None,
    stage: str | None = None,
) -> Report:
    """Scan one text as the file it is, or would be; ``tree`` adds files beside it."""
    return scan_tree({**(tree or {}), path: text}, policy, stage=stage)


def scan_paths(
    paths: Iterable[str | PathLike[str]],
    policy: Policy | None = None,
    *,
    stage: str | None = None,
    size_limit: int = SIZE_LIMIT,
) -> Report:
    """Scan files and everything below folders.

    Raises:
        FileNotFoundError: one of the paths is not there.
        UsageRefused: nobody knows a stage of that name.
    """
    scanner = Scanner(policy, stage=stage)
    roots = [Path(path) for path in paths]
    skipped: list[tuple[str, str]] = []
    left_out: Counter[str] = Counter()
    for path, shown in _distinct(roots, left_out):
        try:
            text = read(path, size_limit)
        except Unreadable as error:
            skipped.append((shown, str(error)))
            continue
        if text is None:
            left_out["binary"] += 1
        else:
            scanner.add(shown, text)
    scanner.look_above(roots)
    return scanner.report(skipped, left_out)


def _distinct(roots: Iterable[Path], left_out: Counter[str]) -> Iterator[tuple[Path, str]]:
    """Every file to read, once, with the path to show; what is passed over is counted."""
    done: set[str] = set()
    for root in roots:
        if not root.exists():
            raise FileNotFoundError(str(root))
        for path in walk(root, left_out) if root.is_dir() else [root]:
            shown = shown_path(path)
            if shown in done:
                continue
            done.add(shown)
            if is_skipped(path.name):
                left_out[MADE_BY_TOOLS] += 1
            else:
                yield path, shown
