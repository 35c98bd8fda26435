"""What the scanner reads and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..verdict import DENY, REFUSE, Judgement, Reason


@dataclass(frozen=True, slots=True)
class Literal:
    """One value in a file.

    Attributes:
        at: where it begins, in characters from the beginning of the text.
        keys: the map keys, block labels and names that enclose it, the outermost first; list items are ``[0]``, ``[1]`` …
        value: without its quotes.
        bare: written without quotes in a language where that is a reference (HCL), so that only the book may speak of it.
        guarded: program text that is reached only where the environment is production (``if env == "production"``).
    """

    at: int
    keys: tuple[str, ...]
    value: str
    bare: bool = False
    guarded: bool = False

    @property
    def name(self) -> str:
        """The innermost key that is not a list index."""
        return next((key for key in reversed(self.keys) if not key.startswith("[")), "")


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is read.

    Attributes:
        name: such as ``yaml``; ``prose`` is only searched for what must never be committed anywhere.
        literals: takes the text, gives its values.
        program: it is program text: words of the language stand around its values.
    """

    name: str
    literals: Callable[[str], list[Literal]]
    program: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Nothing in it holds a secret: credentials are cut, user information is left out.

    Attributes:
        path: of the file, with ``/``.
        line: from 1.
        column: from 1.
        code: a key of :data:`env_config.codes.CODES`.
        verdict: ``warn``, ``refuse`` or ``deny``.
        rule: a key of :data:`env_config.scan.rules.RULES`.
        message: what was found.
        target: the address or name, masked.
        key: the dotted path of keys to it.
        fingerprint: the same after lines have moved.
        state: ``new``, or ``unchanged`` where the baseline knows it.
    """

    path: str
    line: int
    column: int
    code: str
    verdict: str
    rule: str
    message: str
    target: str = ""
    key: str = ""
    fingerprint: str = ""
    state: str = "new"

    @property
    def reason(self) -> Reason:
        return Reason(self.code, self.verdict, self.rule, self.target, self.message)

    @property
    def fails(self) -> bool:
        """True where the finding is worse than a warning."""
        return self.verdict in (DENY, REFUSE)

    def known(self) -> Finding:
        """The same finding, as one that the baseline accepts."""
        return replace(self, state="unchanged")


@dataclass(frozen=True, slots=True)
class Report:
    """What a scan found.

    Attributes:
        findings: in order of path and line.
        files: how many were read.
        lines: how many lines those have.
        skipped: path and reason of files in which no addresses were looked for: too large, unreadable, or the library's own.
        partly: kinds of files that were searched for credentials only, and how many there were.
        left_out: kinds of files and folders that were not read, and how many there were.
    """

    findings: tuple[Finding, ...] = ()
    files: int = 0
    lines: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    partly: tuple[tuple[str, int], ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def judgement(self) -> Judgement:
        """All findings that no baseline accepts, as one judgement."""
        return Judgement(tuple(finding.reason for finding in self.findings if finding.state == "new"))

    @property
    def verdict(self) -> str:
        return self.judgement.verdict

    @property
    def code(self) -> str:
        return self.judgement.code

    @property
    def codes(self) -> tuple[str, ...]:
        return self.judgement.codes
