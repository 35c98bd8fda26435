"""One operator at a time becomes claims on columns; each rule knows one family of operators and passes on the rest."""

from __future__ import annotations

from collections.abc import Callable

from ..formula import Formula
from ..frame import Claim, Frame
from ..tree import NotUnderstood
from . import arrays, computed, cuts, days, documents, numbers, plain, ranges, sizes, texts

Rule = Callable[[Frame, Claim], Formula | None]

_RULES: tuple[Rule, ...] = (
    plain.rule, sizes.rule, texts.rule, arrays.rule, documents.rule, ranges.rule, days.rule, numbers.rule,
    computed.rule, cuts.rule,
)  # fmt: skip


def claimed(frame: Frame, claim: Claim) -> Formula:
    """What a claim says of a row in which its columns are not null; a row with a null among them need not be told.

    Raises:
        NotUnderstood: no rule knows it; the reason is that of the rule that came nearest.
    """
    reason = ""
    for rule in _RULES:
        for way in (claim, claim.mirrored()):
            if way is None:
                continue
            try:
                made = rule(frame, way)
            except NotUnderstood as error:
                reason = str(error) if way is claim or not reason else reason
                continue
            if made is not None:
                return made
    raise NotUnderstood(reason or f"{claim.operator} is not understood")
