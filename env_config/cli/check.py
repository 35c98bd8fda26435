"""``env-config check``: prove that a book's entries keep environments apart."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from ..verdict import WARN
from . import BAD_INPUT, FINE

if TYPE_CHECKING:
    from ..authoring import BookProblem, Checked

NAME = "check"
_SHOWN = 5
HELP = "prove that no entry of a book leads into another environment"
USES_BOOK = False
"""It reads a source: the options that name compiled books and trusted keys would mean nothing."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_source_options(parser)


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """What every command that reads a source takes."""
    parser.add_argument("source", metavar="BOOK.yaml", help="the book's source")
    parser.add_argument(
        "--offline", action="store_true", help="do not ask DNS where names lead; that is then not proved"
    )
    parser.add_argument("--today", type=_day, metavar="DATE", help="the day that review dates are held against")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print every problem with file and line."""
    checked = checked_source(arguments)
    tell(checked.problems, as_json=arguments.json)
    if refused(checked.problems):
        return BAD_INPUT
    names, entries = len(checked.source.environments), len(checked.source.entries)
    said = f"{names} environment{'s'[: names != 1]}, {entries} {'entry' if entries == 1 else 'entries'}, kept apart"
    print(f"{arguments.source}: {said}", file=sys.stderr)
    return FINE


def checked_source(arguments: argparse.Namespace) -> Checked:
    """Read and prove the source that the options name, and say which names DNS did not know."""
    from ..authoring import check_source, load_source, system_resolve

    day = arguments.today or datetime.now(timezone.utc).date()
    checked = check_source(
        load_source(arguments.source), today=day, resolve=None if arguments.offline else system_resolve
    )
    if arguments.offline:
        print("offline: where names lead was not asked", file=sys.stderr)
    elif checked.unresolved:
        print(_unresolved(checked.unresolved), file=sys.stderr)
    return checked


def _unresolved(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    if len(names) == 1:
        return f"1 name does not resolve here, so where it leads is not proved: {listed}"
    return f"{len(names)} names do not resolve here, so where they lead is not proved: {listed}"


def refused(problems: Iterable[BookProblem]) -> bool:
    """Whether any problem is more than a warning."""
    return any(problem.verdict != WARN for problem in problems)


def tell(problems: Iterable[BookProblem], *, as_json: bool) -> None:
    """Problems as JSON on stdout, or as words on stderr."""
    if as_json:
        names = ("code", "verdict", "message", "file", "line", "hint", "rule")
        print(json.dumps([{name: getattr(problem, name) for name in names} for problem in problems], indent=2))
        return
    for problem in problems:
        print(f"{problem.place}: {problem.verdict}: {problem.code}: {problem.message}", file=sys.stderr)
        if problem.hint:
            print(f"  hint: {problem.hint}", file=sys.stderr)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2030-12-31") from None
