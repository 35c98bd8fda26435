"""What CHECK constraints say about a row, as data: domains of single columns, relations between them, and worlds.

A table's checks are cut into *components*: groups of columns that constraints tie together. A component is a list of
*worlds*, alternatives of which every row lives in one. Inside a world each column has one :class:`Domain`, and what is
left between columns are :class:`Relation` and :class:`Sum`; a row that satisfies all of them satisfies every
constraint of the component. A column that no multi-column constraint names is a component of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from .tree import Tree, columns_of

Constant = bool | int | float | Decimal | str | date | datetime | time | timedelta
"""A literal in the column's own type: whole numbers are int, exact ones Decimal, dates date, moments datetime."""


class Nullity(StrEnum):
    """Whether a column may be, never is, or always is null."""

    MAYBE = "maybe"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval; an ``open`` one excludes its value."""

    value: Constant
    open: bool = False


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A pattern that a text must (or, negated, must not) match.

    Attributes:
        regex: in Python's syntax, to be searched for: anchors are written out; LIKE patterns are translated.
        ignore_case: letters match in either case.
        negated: the text must not match.
        source: the pattern as written, for messages.
    """

    regex: str
    ignore_case: bool = False
    negated: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Domain:
    """What one column may hold; everything said holds at once.

    Attributes:
        null: whether it may be null. Nothing below concerns a null.
        values: only these; None is no such limit.
        excluded: none of these.
        low: smallest value.
        high: largest value.
        min_size: fewest characters (of text), octets (of bytes) or elements (of an array, or of a JSON array).
        max_size: most of them; None is no limit.
        patterns: what a text matches.
        forms: normal forms of a text: ``lower``, ``upper``, ``trimmed`` (no blank at either end), ``not_blank``
            (something besides blanks), ``json`` (it reads as a JSON document); of a range: ``filled`` (not empty),
            ``low_bounded``, ``high_bounded``, ``low_unbounded``, ``high_unbounded``, ``low_included``,
            ``low_excluded``, ``high_included``, ``high_excluded``. ``low`` and ``high`` of a range hold all of it.
        json_kind: ``object``, ``array``, ``string``, ``number``, ``boolean`` or ``null``; empty is any.
        json_keys: keys that an object has, each with the JSON kind its value has (empty is any); a ``string`` among
            them is not empty.
        json_values: keys that an object has with the very values they have.
        json_lacks: keys that an object does not have.
        truncated: a moment or date that is the start of its ``hour``, ``day``, ``week``, ``month``, ``year`` ….
        divisor: a whole number that is divisible by this; 0 is no such limit.
        element_excluded: values that no element of an array has.
        element_values: the only values that an array's elements have; None is no limit.
        element_required: values that an array, or the array inside a JSON document, must have among its elements.
        element: what every element of an array satisfies, where more is known than the two above say.
        max_text: most characters of the value written out as text, for documents and arrays; None is no limit.
    """

    null: Nullity = Nullity.MAYBE
    values: tuple[Constant, ...] | None = None
    excluded: tuple[Constant, ...] = ()
    low: Bound | None = None
    high: Bound | None = None
    min_size: int = 0
    max_size: int | None = None
    patterns: tuple[TextPattern, ...] = ()
    forms: frozenset[str] = frozenset()
    json_kind: str = ""
    json_keys: Mapping[str, str] = field(default_factory=dict)
    truncated: str = ""
    divisor: int = 0
    element_excluded: tuple[Constant, ...] = ()
    element_values: tuple[Constant, ...] | None = None
    element_required: tuple[Constant, ...] = ()
    element: Domain | None = None
    max_text: int | None = None
    json_values: Mapping[str, Constant] = field(default_factory=dict)
    json_lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """``left operator right + offset`` between two columns of a row, where both are not null.

    Attributes:
        operator: ``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=``.
        offset: added to the right side, in its own type (a timedelta for dates and moments); None is nothing.
        measure: what is compared: ``value``, or ``size`` (characters of texts, elements of arrays).
        left_form: a form applied to the left side before comparing: ``lower``, ``upper`` or empty.
        right_form: the same for the right side.
    """

    left: str
    operator: str
    right: str
    offset: int | Decimal | timedelta | None = None
    measure: str = "value"
    left_form: str = ""
    right_form: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """``factor * column + … operator constant`` over numeric columns of a row."""

    terms: tuple[tuple[Decimal, str], ...]
    operator: str
    constant: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Computed:
    """A column that is what a formula makes of other columns of its row, where none of them is null.

    Attributes:
        formula: a tree of the operations that the engine's generator ``derived`` knows, over names and literals.
    """

    column: str
    formula: Tree

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that the formula is over."""
        return columns_of(self.formula)


@dataclass(frozen=True, slots=True)
class World:
    """One alternative: a domain for every column of the component, and what holds between them.

    Attributes:
        computed: columns that others decide, at most one formula for each where the world is made ready for drawing.
        places: the partitions with foreign keys of their own that its rows come to rest in.
    """

    domains: Mapping[str, Domain]
    relations: tuple[Relation, ...] = ()
    sums: tuple[Sum, ...] = ()
    places: frozenset[str] = frozenset()
    computed: tuple[Computed, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """Columns that are solved together.

    Attributes:
        columns: in the table's order.
        worlds: at least one; the likelier or more telling first.
        checks: names of the constraints it satisfies (a domain's checks are called by the domain's name).
    """

    columns: tuple[str, ...]
    worlds: tuple[World, ...]
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque:
    """A constraint that could not be compiled, wholly or in part; the target has to evaluate it.

    Attributes:
        check: its name.
        predicate: its text.
        columns: the columns it reads.
        reason: what was not understood.
    """

    check: str
    predicate: str
    columns: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Constraints that no row can satisfy together."""

    checks: tuple[str, ...]
    predicates: tuple[str, ...]
    columns: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RowModel:
    """All that a table's checks and its types' domains say; every column is in exactly one component."""

    components: tuple[Component, ...]
    opaque: tuple[Opaque, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
