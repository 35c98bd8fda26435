"""Every refusal of the engine, with a stable code, the offending value and the next step.

GenerationError
├── SpecError                  the dataset definition cannot be used (terminal)
│   ├── UnknownNameError       a generator, column, table or parameter that does not exist
│   ├── ParameterError         a parameter of the wrong kind or out of range
│   ├── CycleError             columns or tables that need one another
│   ├── DomainTooSmallError    fewer distinct values than rows that must differ
│   └── ExpressionError        an expression outside the safe language
└── ReferenceDataError         packaged reference data missing or altered
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GenerationError(Exception):
    """A refusal carries facts first: a code, where it was found, and what to do next."""

    code = "GENERATION"

    def __init__(self, message: str, *, where: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f" (at {'.'.join(self.where)})" if self.where else ""
        return f"{self.message}{place}" + (f"\n\nhint: {self.hint}" if self.hint else "")


class SpecError(GenerationError):
    """The dataset definition contradicts itself or the engine."""

    code = "SPEC_INVALID"


class UnknownNameError(SpecError):
    """A name refers to nothing; the nearest valid names are offered."""

    code = "SPEC_UNKNOWN_NAME"

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: tuple[str, ...] = ()) -> None:
        names = sorted(set(known))
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(map(repr, near))}?" if near else f"known: {', '.join(names[:20]) or 'none'}"
        super().__init__(f"unknown {kind} {name!r}", where=where, hint=hint)
        self.name = name
        self.nearest = tuple(near)


class ParameterError(SpecError):
    """A generator's parameter is missing, of the wrong kind or out of range."""

    code = "SPEC_BAD_PARAMETER"


class CycleError(SpecError):
    """Columns or tables depend on each other in a circle."""

    code = "SPEC_CYCLE"


class DomainTooSmallError(SpecError):
    """More rows must differ than the domain has values; the message shows the arithmetic."""

    code = "SPEC_DOMAIN_TOO_SMALL"

    def __init__(self, needed: int, capacity: int, *, what: str, where: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(
            f"{what} offers {capacity:,} distinct values but {needed:,} rows must differ ({needed:,} > {capacity:,})",
            where=where,
            hint=hint or "ask for fewer rows, widen the domain, or drop the uniqueness",
        )
        self.needed = needed
        self.capacity = capacity


class ExpressionError(SpecError):
    """An expression does not parse, or asks for something outside the safe language."""

    code = "SPEC_BAD_EXPRESSION"


class ReferenceDataError(GenerationError):
    """Packaged reference data is missing or does not have the expected shape."""

    code = "REFERENCE_DATA"
