"""What is wrong with a book's source, where, and how a whole report of it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..codes import CODES
from ..errors import BookRefused, Refusal, TargetRefused
from ..verdict import DENY, REFUSE, WARN, refusal_class

_WARNINGS = frozenset({"STAGELESS_KEY", "IDENTITY_UNKNOWN", "UNDECLARED"})
_WEIGHT = {WARN: 0, REFUSE: 1, DENY: 2}
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class BookProblem:
    """One thing that is wrong with the source.

    Attributes:
        code: a key of :data:`env_config.codes.CODES`.
        message: what is wrong; never a secret, nor an address of an environment other than the offending one.
        file: the source's name.
        line: 1 for the first; 0 where no line is to blame.
        hint: the next step.
        rule: the name of the rule of the proof, or an empty string for a rule of the grammar.
    """

    code: str
    message: str
    file: str
    line: int
    hint: str = ""
    rule: str = ""

    @property
    def verdict(self) -> str:
        """``deny`` where the entry would reach production, ``warn`` where the book may be used all the same."""
        if self.code.startswith("PROD_"):
            return DENY
        return WARN if self.code in _WARNINGS else REFUSE

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.code}: {self.message}"


class Report:
    """Gathers problems, so that an author sees all of them at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[BookProblem] = []

    def add(self, message: str, line: int, *, code: str = "BOOK_INVALID", hint: str = "") -> None:
        """Note a problem; the same one on the same line is noted once."""
        problem = BookProblem(code, message, self.file, line, hint or CODES[code][1])
        if problem not in self.problems:
            self.problems.append(problem)


class _Reported(Refusal):
    """Carries every problem of the report; code, rule and hint are the weightiest one's."""

    def __init__(
        self, message: str = "", *, problems: Iterable[BookProblem | dict[str, object]] = (), **facts: object
    ) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.problems = tuple(
            problem if isinstance(problem, BookProblem) else BookProblem(**problem)  # type: ignore[arg-type]
            for problem in problems
        )

    def facts(self) -> dict[str, object]:
        names = ("code", "message", "file", "line", "hint", "rule")
        listed = [{name: getattr(problem, name) for name in names} for problem in self.problems]
        return {**super().facts(), "problems": listed}


class SourceRefused(_Reported, BookRefused):
    """The source breaks a rule of books; ``problems`` lists everything that was found."""


class SourceLeadsAway(_Reported, TargetRefused):
    """The source would lead one environment into another; ``problems`` lists everything that was found."""


def ordered(problems: Iterable[BookProblem]) -> tuple[BookProblem, ...]:
    """By line, each problem once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.code, problem.message)))


def refuse(problems: Iterable[BookProblem]) -> None:
    """Raise one refusal for all problems, unless there are only warnings.

    Raises:
        SourceLeadsAway: if the weightiest problem leads into production.
        SourceRefused: for every other problem.
    """
    listed = ordered(problems)
    worst = max(listed, key=lambda problem: _WEIGHT[problem.verdict], default=None)
    if worst is None or worst.verdict == WARN:
        return
    weighty = [problem for problem in listed if problem.verdict != WARN]
    # One problem alone needs no code of its own: the refusal has it.
    alone = [f"{problem.place}: {problem.message}" for problem in weighty if len(weighty) == 1]
    lines = alone or [f"{len(weighty)} problems", *map(str, weighty[:_SHOWN])]
    if len(weighty) > _SHOWN:
        lines.append(f"and {len(weighty) - _SHOWN} more")
    codes = sorted(dict.fromkeys(problem.code for problem in weighty), key=lambda code: code != worst.code)
    kind = SourceRefused if issubclass(refusal_class(worst.code), BookRefused) else SourceLeadsAway
    raise kind("\n".join(lines), problems=listed, code=worst.code, codes=tuple(codes), rule=worst.rule, hint=worst.hint)
