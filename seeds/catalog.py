"""What a database says of itself: frozen facts, read in bulk, that the planner can think about without a connection.

Every database's reader fills the same types. What a database has no notion of stays at its default. SQL text
(defaults, predicates, generation expressions) is kept as the database prints it, in that database's own dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's full name; ``schema`` is empty in databases, and for the one schema, where none need be written."""

    schema: str
    name: str

    @property
    def key(self) -> str:
        """How the table is called in plans, files and findings: ``name``, or ``schema.name``."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def __str__(self) -> str:
        return self.key


class Kind(StrEnum):
    """Families of types, as far as a generator has to care."""

    INTEGER = "integer"
    NUMERIC = "numeric"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TEXT = "text"
    CHAR = "char"
    BYTES = "bytes"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    ENUM = "enum"
    SET = "set"
    INET = "inet"
    CIDR = "cidr"
    MACADDR = "macaddr"
    XML = "xml"
    TSVECTOR = "tsvector"
    TSQUERY = "tsquery"
    BIT = "bit"
    MONEY = "money"
    HSTORE = "hstore"
    LTREE = "ltree"
    GEOMETRY = "geometry"
    POINT = "point"
    VECTOR = "vector"
    RANGE = "range"
    MULTIRANGE = "multirange"
    COMPOSITE = "composite"
    YEAR = "year"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DataType:
    """A column's type, resolved through domains and arrays down to its kind.

    Attributes:
        kind: the family of the value, or of one element of an array.
        name: the type as the database writes it in DDL, such as ``character varying(40)`` or ``public.mood``.
        base: the bare base type's name (``int4``, ``varchar``, ``jsonb``, ``tinyint``), after domains and arrays.
        size: most characters, octets, bits or dimensions that one value holds; None where there is no limit.
        precision: digits of a numeric, in all.
        scale: digits of a numeric after the point.
        low: the smallest whole number the type holds, for integers.
        high: the largest.
        dimensions: of an array; 0 for a plain value.
        labels: of an enum or set, in order.
        fields: name and type of each field of a composite type.
        element: the type of a range's bounds.
        domain: the outermost domain's name, if the type is one.
        checks: predicates of the type's domains, on ``VALUE``.
        not_null: a domain forbids null.
        case_insensitive: comparison ignores case (citext, and MariaDB's usual collations).
        subtype: the geometry's shape (``POINT``), with ``srid`` beside it.
    """

    kind: Kind
    name: str
    base: str = ""
    size: int | None = None
    precision: int | None = None
    scale: int | None = None
    low: int | None = None
    high: int | None = None
    dimensions: int = 0
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, DataType], ...] = ()
    element: DataType | None = None
    domain: str = ""
    checks: tuple[str, ...] = ()
    not_null: bool = False
    case_insensitive: bool = False
    subtype: str = ""
    srid: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        generated: the database computes it always; no value can be given.
        expression: how it computes it.
        identity: ``always``, ``by default``, ``auto`` (AUTO_INCREMENT, a rowid alias) or empty.
        default: the default's SQL text; empty where there is none.
        sequence: a sequence that the default draws from, quoted for SQL.
    """

    name: str
    type: DataType
    nullable: bool = True
    generated: bool = False
    expression: str = ""
    identity: str = ""
    default: str = ""
    sequence: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A primary key, unique constraint or unique index.

    Attributes:
        columns: the plain columns in it, in order; expressions are not among them.
        expressions: SQL text of the parts that are expressions, such as ``lower(email)``.
        reads: every column that columns, expressions and predicate read.
        predicate: of a partial index, as SQL text.
        primary: it is the primary key.
        constraint: it is a constraint (a foreign key can name it), not merely an index.
        nulls_distinct: nulls are unlike one another (the SQL default).
        prefixes: MariaDB's key prefix lengths by column: only so many characters count.
    """

    name: str
    columns: tuple[str, ...]
    expressions: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    predicate: str = ""
    primary: bool = False
    constraint: bool = True
    nulls_distinct: bool = True
    deferrable: bool = False
    deferred: bool = False
    prefixes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key, as declared; ``columns`` and ``target_columns`` are aligned."""

    name: str
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    deferrable: bool = False
    deferred: bool = False
    match_full: bool = False
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint of a table; ``predicate`` is the SQL text inside ``CHECK (…)``."""

    name: str
    predicate: str
    columns: tuple[str, ...] = ()
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An exclusion constraint: no two rows may satisfy every ``element operator element`` at once.

    Attributes:
        elements: column or expression text, with its operator, such as ``("during", "&&")``.
        reads: every column that the elements and the predicate read.
    """

    name: str
    elements: tuple[tuple[str, str], ...]
    reads: tuple[str, ...] = ()
    predicate: str = ""
    deferrable: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that fires for rows being inserted.

    Attributes:
        timing: ``before``, ``after`` or ``instead``.
        row: it fires for each row, not once a statement.
        function: the name of what it calls.
        body: the function's source, or the trigger's own.
    """

    name: str
    timing: str
    row: bool
    function: str
    body: str = ""
    constraint: bool = False


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of a partitioned table, sub-partitions included.

    Attributes:
        strategy: ``range``, ``list`` or ``hash`` of the parent.
        lows: each key's inclusive lower bound as SQL literal text; None is MINVALUE.
        highs: each key's exclusive upper bound; None is MAXVALUE.
        values: a list partition's values as SQL literal text; None among them is NULL.
        default: takes what no other partition takes.
        bound: the bound as the database prints it.
        checks: what it asks of its own rows, besides what the whole table or the partition above it asks.
        foreign_keys: its own, where they lead elsewhere than those of other partitions with the same columns.
        partitions: of a partition that is partitioned itself, with ``keys`` its own key.
    """

    name: TableName
    strategy: str
    lows: tuple[str | None, ...] = ()
    highs: tuple[str | None, ...] = ()
    values: tuple[str | None, ...] = ()
    default: bool = False
    bound: str = ""
    keys: tuple[str, ...] = ()
    partitioned: bool = False
    partitions: tuple[Partition, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a partitioned table is cut.

    Attributes:
        strategy: ``range``, ``list`` or ``hash``.
        keys: key columns, or expression texts.
        partitions: those that exist; rows outside them are refused.
    """

    strategy: str
    keys: tuple[str, ...]
    partitions: tuple[Partition, ...] = ()


@dataclass(frozen=True, slots=True)
class ExistingRows:
    """Rows that stand in a table already.

    Attributes:
        count: how many; exact up to ``KEYS_READ``, otherwise the server's estimate or a count.
        values: values of key columns (of any unique key or exclusion, or the target of a foreign key), aligned,
            at most ``KEYS_READ`` rows in key order; as Python int, str, Decimal, date, datetime, bool, UUID or None.
        largest: the largest value of each whole-number column among those.
    """

    count: int = 0
    values: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    largest: Mapping[str, int] = field(default_factory=dict)


KEYS_READ = 10_000
"""Existing rows whose keys are read: beyond that a table is no lookup list."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that rows can be put in; partitions are found under their partitioned table, never as tables.

    Attributes:
        kind: ``table``, ``partitioned`` or ``foreign``.
        inherits: the parents of plain inheritance.
        row_security: row level security is on for it.
        forced_security: also for its owner.
        insertable: whether this session may insert into it, as far as privileges tell.
        lacking: what only its service brings, without which no row can be put in; empty if there is nothing.
        comment: what the schema's authors wrote about it.
    """

    name: TableName
    columns: tuple[Column, ...]
    keys: tuple[UniqueKey, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    partitioning: Partitioning | None = None
    existing: ExistingRows = field(default_factory=ExistingRows)
    kind: str = "table"
    inherits: tuple[TableName, ...] = ()
    row_security: bool = False
    forced_security: bool = False
    insertable: bool = True
    lacking: str = ""
    comment: str = ""

    @property
    def primary_key(self) -> UniqueKey | None:
        """The primary key, if there is one."""
        return next((key for key in self.keys if key.primary), None)

    def column(self, name: str) -> Column:
        """The column called ``name``.

        Raises:
            KeyError: if there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Catalog:
    """A whole database.

    Attributes:
        dialect: sqlglot's name for its SQL: ``postgres``, ``mysql`` or ``sqlite``.
        version: the server's version, such as ``15.4`` or ``10.11.6-MariaDB``.
        tables: those that rows can be put in, by key, in the order of their names.
        bypasses_security: this session is not subject to row level security.
        functions: source text of the user-defined functions that CHECK constraints call, by lower-case name.
    """

    dialect: str
    version: str
    tables: Mapping[str, Table]
    bypasses_security: bool = False
    functions: Mapping[str, str] = field(default_factory=dict)
