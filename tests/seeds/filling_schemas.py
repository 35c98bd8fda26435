"""A schema as a value that shows itself as SQL, so that a failing example can be pasted into a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis.vendor.pretty import RepresentationPrinter


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def listed(names: tuple[str, ...]) -> str:
    """Names as they stand between the brackets of a key."""
    return ", ".join(quoted(name) for name in names)


@dataclass(frozen=True, slots=True)
class TrialColumn:
    """A column: its SQL type, and what else its definition says (identity, default, generation)."""

    name: str
    type: str
    nullable: bool = False
    extra: str = ""

    def __str__(self) -> str:
        words = (quoted(self.name), self.type, self.extra, "" if self.nullable else "NOT NULL")
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class TrialKey:
    """Columns that a foreign key can name, with the types that it needs for its own."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    primary: bool = False


@dataclass(slots=True)
class TrialTable:
    """A table while a strategy puts it together.

    Attributes:
        keys: what foreign keys of other tables can name.
        lines: constraints inside CREATE TABLE.
        links: foreign keys, added when all tables are there.
        after: statements about this table alone, such as indexes and partitions.
        suffix: what follows the closing bracket, such as how the table is cut.
        compared: columns that a CHECK of several columns or a key already speaks of.
        settled: columns that no CHECK may speak of, since other tables' columns have to hold the same values.
        narrow: columns that may have few values, since the key they refer to may be distinct in another column.
    """

    name: str
    columns: list[TrialColumn] = field(default_factory=list)
    keys: list[TrialKey] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    suffix: str = ""
    compared: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    narrow: set[str] = field(default_factory=set)

    def fresh(self, name: str) -> str:
        """The name, with a number if a column has it already."""
        taken = {column.name for column in self.columns}
        number = 2
        found = name
        while found in taken:
            found, number = f"{name}_{number}", number + 1
        return found

    def add(self, name: str, type_: str, *, nullable: bool = False, extra: str = "") -> TrialColumn:
        """Put a column in, under a name of its own."""
        column = TrialColumn(self.fresh(name), type_, nullable, extra)
        self.columns.append(column)
        return column

    def check(self, predicate: str) -> None:
        self.lines.append(f"CHECK ({predicate})")

    @property
    def statement(self) -> str:
        body = ",\n  ".join([*map(str, self.columns), *self.lines])
        return f"CREATE TABLE {quoted(self.name)} (\n  {body}\n){self.suffix}"


@dataclass(frozen=True, slots=True)
class TrialSchema:
    """A whole schema, and how many rows are known to fit into each of its tables."""

    types: tuple[str, ...]
    tables: tuple[TrialTable, ...]
    rows: int

    def statements(self) -> Iterator[str]:
        """What makes the schema, in an order that works whoever refers to whom."""
        yield from self.types
        yield from (table.statement for table in self.tables)
        yield from (one for table in self.tables for one in table.after)
        yield from (one for table in self.tables for one in table.links)

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        return "\n".join(["", *(f"{one};" for one in self.statements()), f"-- {self.rows} rows in each table"])
