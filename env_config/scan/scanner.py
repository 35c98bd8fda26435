"""Runs the rules over texts, trees and folders."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path

from ..policy import Policy
from .crossing import TREE_RULES, Ledger, Mark
from .files import SIZE_LIMIT, Unreadable, dotenvs_above, is_skipped, read, shown_path, walk
from .judging import Judge
from .model import Finding, Report
from .rules import RULES
from .sheet import Sheet


class Scanner:
    """One scan. Files are read one after the other, and only what rules over several files need is kept of each.

    Args:
        policy: of any environment's book; None leaves the rules that need no book.
        stage: the stage of files that say nothing of one; None stands for every developer's machine.
    """

    def __init__(self, policy: Policy | None = None, *, stage: str | None = None) -> None:
        self._judge = Judge(policy)
        self._stage = None if stage is None else (self._judge.stages.named(stage) or stage)
        self._ledger = Ledger()
        self._findings: list[Finding] = []
        self._files = self._lines = 0

    def add(self, path: str, text: str) -> None:
        """Scan one file."""
        sheet = Sheet(path, text, self._judge, self._stage)
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

    def report(self, skipped: Iterable[tuple[str, str]] = ()) -> Report:
        """What was found in all files, in order of path and line."""
        findings = [*self._findings, *self._crossing()]
        findings.sort(key=lambda one: (one.path, one.line, one.column, one.rule))
        return Report(tuple(_numbered(findings)), self._files, self._lines, tuple(skipped))

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
    """
    scanner = Scanner(policy, stage=stage)
    roots = [Path(path) for path in paths]
    skipped: list[tuple[str, str]] = []
    for path, shown in _distinct(roots):
        try:
            text = read(path, size_limit)
        except Unreadable as error:
            skipped.append((shown, str(error)))
            continue
        if text is not None:
            scanner.add(shown, text)
    scanner.look_above(roots)
    return scanner.report(skipped)


def _distinct(roots: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file to read, once, with the path to show."""
    done: set[str] = set()
    for root in roots:
        if not root.exists():
            raise FileNotFoundError(str(root))
        for path in walk(root) if root.is_dir() else [root]:
            shown = shown_path(path)
            if shown not in done and not is_skipped(path.name):
                done.add(shown)
                yield path, shown
