"""``env-config run``: a command whose process tree cannot connect to production."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from ..errors import UsageRefused
from ..policy import Policy
from . import opened

NAME = "run"
HELP = "run a command and all it starts so that no connection to production leaves it (Linux)"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--mode", choices=("enforce", "report"), help="default: as the book says")
    parser.add_argument(
        "--via",
        choices=("auto", "seccomp", "preload"),
        default="auto",
        help="how the processes are made to ask: by the kernel, or by a preloaded library (default: what works)",
    )
    parser.add_argument("--hermetic", action="store_true", help="let nothing leave this machine at all")
    parser.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="what to run")


def run(arguments: argparse.Namespace) -> int:
    """Run the command, and end as it ended."""
    from ..guards.processes import exit_like, run_guarded

    argv = _command(arguments.argv)
    policy = opened(arguments).policy
    _check_variables(policy)
    if arguments.hermetic and not policy.hermetic:
        policy = Policy(policy.book, hermetic=True)
    code = run_guarded(argv, policy, mode=_mode(arguments.mode, policy.book.guards), via=arguments.via)
    return code if code >= 0 else exit_like(code)


def _check_variables(policy: Policy) -> None:
    """The command would inherit them, so they are judged before it starts, in the mode that the book has for it.

    Raises:
        TargetRefused: AMBIENT or PROD_CREDENTIAL.
    """
    from ..guards.ambient import AmbientGuard

    mode = policy.book.guards.get(AmbientGuard.layer, "enforce")
    if mode != "off":
        guard = AmbientGuard()
        guard.install(policy, mode)
        guard.check(os.environ)


def _command(words: Sequence[str]) -> list[str]:
    command = list(words[1:] if words[:1] == ["--"] else words)
    if not command:
        raise UsageRefused(
            "there is no command to run", code="USAGE", rule="run", hint="env-config run -- COMMAND [ARGUMENT ...]"
        )
    return command


def _mode(asked: str | None, guards: Mapping[str, str]) -> str:
    """The book's mode; the command line may be stricter, never weaker."""
    known = "report" if guards.get("processes", "enforce") == "report" else "enforce"
    if asked == "report" and known == "enforce":
        raise UsageRefused(
            "the book enforces this guard, and a command line cannot loosen it",
            code="USAGE",
            rule="run",
            hint="set `guards: {processes: report}` for this environment in the book, and compile it again",
        )
    return asked or known
