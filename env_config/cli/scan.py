"""``env-config scan``: find production's addresses in a repository's files."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BookRefused, UsageRefused
from . import FINDINGS, FINE, opened

if TYPE_CHECKING:
    from ..book.model import Book
    from ..policy import Policy
    from ..scan import Report
    from ..trust import Trust

NAME = "scan"
HELP = "find production's addresses, and ways to be led there, in files"
_BOOK_HINT = "name the folder that `env-config compile` wrote, or one book in it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text", help="how to print the findings")
    parser.add_argument("--baseline", metavar="FILE", help="findings that may stay, each with a reason")
    parser.add_argument(
        "--write-baseline", metavar="FILE", help="write all findings as a baseline; reasons that --baseline has stay"
    )
    parser.add_argument(
        "--reason", default="", help="the reason for what --write-baseline adds; without one it accepts nothing"
    )
    parser.add_argument("--stage", metavar="NAME", help="the stage of files that say nothing of one")
    parser.add_argument("--strict", action="store_true", help="warnings count as findings")
    parser.add_argument("--max-bytes", type=int, metavar="N", help="skip larger files (default: 4194304)")


def run(arguments: argparse.Namespace) -> int:
    """Scan, print, and say by the exit code whether anything was found."""
    from ..scan.baseline import Baseline

    report = _report(arguments)
    baseline = Baseline.loads(_text(arguments.baseline)) if arguments.baseline else Baseline()
    report = baseline.apply(report)
    if arguments.write_baseline:
        _write(arguments.write_baseline, baseline.renewed(report, arguments.reason))
    _print(report, arguments.format)
    for entry in baseline.gone(report) if arguments.baseline else ():
        print(f"note: the baseline lists {entry.rule} in {entry.path}, which is no longer found", file=sys.stderr)
    if unreasoned := baseline.unreasoned():
        count, verbs = len(unreasoned), ("has", "accepts") if len(unreasoned) == 1 else ("have", "accept")
        said = f"of the entries of the baseline {count} {verbs[0]} no reason, and {verbs[1]} nothing"
        print(f"note: {said}", file=sys.stderr)
    new = [finding for finding in report.findings if finding.state == "new"]
    return FINDINGS if any(finding.fails or arguments.strict for finding in new) else FINE


def _report(arguments: argparse.Namespace) -> Report:
    from ..scan import scan_paths
    from ..scan.files import SIZE_LIMIT

    limit = SIZE_LIMIT if arguments.max_bytes is None else arguments.max_bytes
    try:
        return scan_paths(arguments.paths, _policy(arguments), stage=arguments.stage, size_limit=limit)
    except FileNotFoundError as error:
        raise UsageRefused(f"there is no {error}", code="USAGE", rule="scan-paths") from error


def _policy(arguments: argparse.Namespace) -> Policy | None:
    """The policy of any book: each knows production's territory. Which environment this is does not matter here.

    Without a book the rules that need none still work; a book that is named and cannot be opened is an error.
    """
    from ..book.shelf import BOOK_VARIABLE, TRUST_FILE
    from ..policy import Policy

    where = arguments.book or os.environ.get(BOOK_VARIABLE)
    if not where:
        print("note: no book is given, so that only an address's own words tell whose it is", file=sys.stderr)
        return None
    folder = Path(where)
    if not folder.exists():
        raise BookRefused(
            "there is no book", code="BOOK_MISSING", target=str(folder), rule="scan-book", hint=_BOOK_HINT
        )
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else [folder]
    paths = [path for path in paths if path.name != TRUST_FILE]
    if not paths:
        message = "the folder holds no compiled book"
        raise BookRefused(message, code="BOOK_MISSING", target=str(folder), rule="scan-book", hint=_BOOK_HINT)
    trust, now = opened(arguments).trust, int(time.time())
    books = [_opened(path, trust, now) for path in paths]
    return Policy(min(books, key=lambda book: book.own.protected))


def _opened(path: Path, trust: Trust, now: int) -> Book:
    from ..book.codec import open_sealed

    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"the book cannot be read: {error.strerror}"
        raise BookRefused(message, code="BOOK_MISSING", target=str(path), rule="scan-book", hint=_BOOK_HINT) from error
    try:
        return open_sealed(raw, trust, now=now)
    except BookRefused as refusal:
        refusal.target = str(path)
        raise


def _print(report: Report, style: str) -> None:
    from ..scan import render

    if style == "json":
        print(render.as_json(report))
    elif style == "sarif":
        from ..scan import sarif

        print(json.dumps(sarif.document(report, _version()), indent=2))
    else:
        for line in render.text(report):
            print(line)
    for path, why in report.skipped:
        print(f"note: skipped {path}: {why}", file=sys.stderr)
    if kinds := render.passed_over(report):
        print(f"note: {kinds}", file=sys.stderr)
    print(render.summary(report), file=sys.stderr)
    if style == "text" and (steps := list(render.hints(report))):
        print("\n" + "\n".join(f"hint: {step}" for step in steps), file=sys.stderr)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("understudy-env-config")
    except PackageNotFoundError:
        return ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageRefused(f"the baseline {path} cannot be read", code="USAGE", rule="scan-baseline") from error


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageRefused(
            f"the baseline {path} cannot be written: {error.strerror}", code="USAGE", rule="scan-baseline"
        ) from error
