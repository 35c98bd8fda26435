"""A table while it is being planned: what is decided step by step, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from generators import Growth

from ...catalog import Column, Table
from ...findings import Finding, Severity
from ..checks.model import Component, Nullity, RowModel
from .combining import Combination
from .plan import Relation, TableChoice

FROM_ROWS, FROM_EXISTING, ABSENT = "rows", "existing", "absent"


@dataclass(slots=True)
class Link:
    """A relation as it will be generated.

    Attributes:
        working: the engine's working column with the row referred to.
        owned: the columns that this link fills; the others are filled by a link before it.
        optional: its columns may be null.
        state: where referred rows come from: those being made, those already there, or nowhere.
        pairing: ``hashed``, ``distinct`` or ``earlier`` (see the generator ``reference``).
        radices: sizes of the tables combined, and which is this one.
        below: the working column of another link to the same table, before whose row this one's lies.
        skip: how many rows at the table's beginning it leaves alone.
        unlike: the working column of another link to the same table.
        shared: the working columns of links before it whose columns it shares; none is empty.
        aligned: row i refers to row i, because the keys are made of one another.
        agreeing: parameters of the generator ``shared_reference``, once the group is known; none is empty.
    """

    relation: Relation
    working: str
    owned: tuple[str, ...]
    optional: bool
    state: str = FROM_ROWS
    pairing: str = "hashed"
    radices: tuple[int, ...] = ()
    position: int = 0
    unlike: str = ""
    below: str = ""
    skip: int = 0
    shared: tuple[str, ...] = ()
    agreeing: dict[str, object] = field(default_factory=dict)
    aligned: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return self.relation.columns


@dataclass(slots=True)
class Draft:
    """One table's plan in the making.

    Attributes:
        distinct: columns that are made distinct by construction.
        referred: columns that guessed references lead to.
        wanted: columns that should be distinct on the first rows at least, since keys of tables that refer to them
            lie inside the references.
        combination: what several columns and references hold together.
        drawn: combinations made before, by what they were made from.
        made: generated columns that are made all the same, since references lead to them.
        growth: how the table came to its rows, where that took several runs.
        salt: what its combinations start from.
        narrow: columns that hold a few small numbers, since they are added to those of a distinct one.
        steps: how far apart a distinct column's whole numbers are, since others are added to them.
    """

    table: Table
    asked: int
    rows: int
    choice: TableChoice
    model: RowModel
    links: list[Link] = field(default_factory=list)
    distinct: set[str] = field(default_factory=set)
    slots: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    needs_null: set[str] = field(default_factory=set)
    valued: set[str] = field(default_factory=set)
    referred: set[tuple[str, ...]] = field(default_factory=set)
    wanted: set[tuple[str, ...]] = field(default_factory=set)
    combination: Combination | None = None
    drawn: dict[object, Combination] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    growth: Growth = field(default_factory=Growth)
    salt: str = ""
    steps: dict[str, int] = field(default_factory=dict)
    narrow: set[str] = field(default_factory=set)
    few: set[str] = field(default_factory=set)
    existing_of: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    columns: dict[str, Column] = field(init=False)
    _model: RowModel | None = None
    _parts: dict[str, Component] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {column.name: column for column in self.table.columns}

    @property
    def key(self) -> str:
        """How the table is called."""
        return self.table.name.key

    def column(self, name: str) -> Column:
        """A column, as narrow as those that refer to it demand."""
        return self.columns[name]

    def find(
        self, code: str, message: str, hint: str = "", *, severity: Severity = Severity.WARNING, subject: str = ""
    ) -> None:
        """Note a finding once."""
        finding = Finding(code, severity, subject or self.key, message, hint)
        if finding not in self.findings:
            self.findings.append(finding)

    def block(self, code: str, message: str, hint: str = "") -> None:
        """The table cannot be filled, for this reason."""
        self.rows = 0
        self.find(code, message, hint, severity=Severity.ERROR)

    def link_of(self, column: str) -> Link | None:
        """The link that fills a column, if one does."""
        return next((link for link in self.links if column in link.owned and link.state != ABSENT), None)

    def component_of(self, column: str) -> Component | None:
        """The component that a column is solved in."""
        if self._model is not self.model:
            self._model = self.model
            self._parts = {name: part for part in self.model.components for name in part.columns}
        return self._parts.get(column)

    def nullity(self, column: Column) -> Nullity:
        """Whether a column may be null: never in any world, always in all, or it depends."""
        part = self.component_of(column.name)
        if part is None:
            return Nullity.MAYBE if column.nullable else Nullity.NEVER
        found = {world.domains[column.name].null for world in part.worlds if column.name in world.domains}
        return found.pop() if len(found) == 1 else Nullity.MAYBE
