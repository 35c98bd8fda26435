"""Random schemas for PostgreSQL that are known to have room for the rows asked for.

Every schema is put together so that the number of rows fits: each unique key has a column with plenty of values or a
reference of its own, every CHECK can be satisfied beside the others, and references point to tables that can be filled.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.seeds.filling_predicates import add_checks
from tests.seeds.filling_schemas import TrialColumn, TrialKey, TrialSchema, TrialTable, listed, quoted

MOST_ROWS = 30
TYPES = (
    "CREATE TYPE mood AS ENUM ('calm', 'glad', 'tired')",
    "CREATE TYPE place AS (street text, number integer)",
    "CREATE DOMAIN ward_code AS char(9) CHECK (VALUE ~ '^E05[0-9]{6}$')",
    "CREATE DOMAIN share AS numeric(5,2) CHECK (VALUE >= 0 AND VALUE <= 100)",
    "CREATE DOMAIN word AS varchar(20) NOT NULL CHECK (btrim(VALUE) <> '')",
)
_TABLE_NAMES = (
    "resident", "tenancy", "property", "payment", "order", "Case File", "user", "note", "audit_event", "ward",
)  # fmt: skip
# Types by the names that columns of them bear in the wild; the planner reads names, and has to stay valid all the same.
_PLAIN = {
    "integer": ("quantity", "year", "position", "version", "age"),
    "bigint": ("size", "uprn", "amount"),
    "smallint": ("priority", "floor", "month"),
    "numeric(10,2)": ("price", "balance", "rent"),
    "numeric(4,0)": ("units",),
    "numeric": ("rate", "weight"),
    "double precision": ("latitude", "score"),
    "real": ("ratio",),
    "boolean": ("is_active", "deleted"),
    "text": ("name", "email", "description", "status", "Notes", "url", "token", "select"),
    "varchar(12)": ("code", "phone", "postcode", "first_name"),
    "varchar(3)": ("initials", "currency"),
    "char(5)": ("branch", "sort"),
    "char(1)": ("band", "gender"),
    "date": ("date_of_birth", "start_date", "end_date"),
    "timestamp": ("created_at", "updated_at"),
    "timestamptz": ("expires_at", "deleted_at"),
    "timestamp(0)": ("seen_at",),
    "time": ("opens",),
    "interval": ("duration",),
    "uuid": ("guid", "external_id"),
    "json": ("payload",),
    "jsonb": ("settings", "metadata"),
    "bytea": ("digest", "photo"),
    "inet": ("ip_address",),
    "cidr": ("network",),
    "macaddr": ("device",),
    "text[]": ("tags", "labels"),
    "integer[]": ("scores",),
    "daterange": ("during",),
    "int4range": ("span",),
    "tstzrange": ("valid",),
    "numrange": ("limits",),
    "point": ("location",),
    "bit(4)": ("flags",),
    "bit varying(8)": ("mask",),
    "money": ("fee",),
    "tsvector": ("search",),
    "mood": ("mood", "state"),
    "mood[]": ("moods",),
    "place": ("address",),
    "ward_code": ("ward_code",),
    "share": ("percent",),
    "word": ("keyword",),
}  # fmt: skip
_WIDE = (
    "integer", "bigint", "smallint", "numeric(10,2)", "numeric(4,0)", "double precision", "text", "varchar(12)",
    "varchar(3)", "char(5)", "date", "timestamp", "timestamptz", "uuid", "bytea", "inet", "macaddr", "ward_code",
    "share",
)  # fmt: skip
_KEY_TYPES = ("integer", "bigint", "smallint", "uuid", "text", "varchar(12)", "char(5)", "date", "numeric(10,2)")
_WIDER = {
    "integer": ("bigint", "smallint"), "smallint": ("integer",), "bigint": ("integer",),
    "varchar(12)": ("text", "varchar(5)", "varchar(40)"), "text": ("varchar(8)",),
}  # fmt: skip
_NAMED = {"integer": "id", "bigint": "id", "smallint": "no", "uuid": "id", "date": "day"}


_SHARING = ("tenant", "folder", "person", "permission")


@st.composite
def schemas(draw: st.DrawFn, *, btree_gist: bool = False) -> TrialSchema:
    """A schema of one to six tables with keys, references and CHECKs, and a number of rows that fits all of them."""
    names = draw(st.lists(st.sampled_from(_TABLE_NAMES), min_size=1, max_size=6, unique=True))
    rows = draw(st.integers(1, MOST_ROWS))
    tables = [TrialTable(name) for name in names]
    for table in tables:
        _add_key(draw, table)
        for type_ in draw(st.lists(st.sampled_from(sorted(_PLAIN)), max_size=5)):
            table.add(draw(st.sampled_from(_PLAIN[type_])), type_, nullable=type_ != "word" and draw(st.booleans()))
    for place in range(len(tables)):
        for _ in range(draw(st.integers(0, 2))):
            _add_reference(draw, tables, place)
    if draw(st.integers(0, 3)) == 0:
        tables.append(_joining(draw, tables))
    if draw(st.integers(0, 5)) == 0:
        tables += _sharing(draw)
    for table in tables:
        _add_generated(draw, table)
        _add_unique(draw, table)
        _add_exclusion(draw, table, btree_gist=btree_gist)
        add_checks(draw, table)
        _cut(draw, table)
    return TrialSchema(TYPES, tuple(tables), rows)


def _add_key(draw: st.DrawFn, table: TrialTable) -> None:
    """A primary key of one of the usual kinds, or none."""
    kind = draw(st.sampled_from(("identity", "serial", "natural", "composite", "default", "none")))
    if kind == "identity":
        always = draw(st.sampled_from(("ALWAYS", "BY DEFAULT")))
        type_ = draw(st.sampled_from(("integer", "bigint", "smallint")))
        _set_key(table, table.add("id", type_, extra=f"GENERATED {always} AS IDENTITY"))
    elif kind == "serial":
        type_, real = draw(st.sampled_from((("serial", "integer"), ("bigserial", "bigint"))))
        table.add("id", type_)
        table.keys.append(TrialKey(("id",), (real,), primary=True))
        table.lines.append("PRIMARY KEY (id)")
    elif kind == "natural":
        _set_key(table, _key_column(draw, table))
    elif kind == "composite":
        second = draw(st.sampled_from(("smallint", "char(1)", "boolean", "mood", "text")))
        _set_key(table, _key_column(draw, table), table.add("part", second))
    elif kind == "default":
        _set_key(table, table.add("id", "uuid", extra="DEFAULT gen_random_uuid()"))


def _key_column(draw: st.DrawFn, table: TrialTable) -> TrialColumn:
    type_ = draw(st.sampled_from(_KEY_TYPES))
    return table.add(_NAMED.get(type_, "code"), type_)


def _set_key(table: TrialTable, *columns: TrialColumn) -> None:
    names = tuple(column.name for column in columns)
    table.keys.append(TrialKey(names, tuple(column.type for column in columns), primary=True))
    table.lines.append(f"PRIMARY KEY ({listed(names)})")
    table.compared.update(names)


def _add_reference(draw: st.DrawFn, tables: list[TrialTable], place: int) -> None:
    """A foreign key to a table before, to the table itself or to one that comes later."""
    table = tables[place]
    target = draw(st.sampled_from(tables))
    if not target.keys:
        return
    key = draw(st.sampled_from(target.keys))
    nullable = draw(st.booleans())
    prefix = target.name.lower().replace(" ", "_")
    names = []
    for name, type_ in zip(key.columns, key.types, strict=True):
        own = _own_type(draw, type_)
        names.append(table.add(f"{prefix}_{name}", own, nullable=nullable).name)
        if own != type_:
            target.settled.add(name)
    _link(draw, table, tuple(names), target, key)
    table.compared.update(names)
    table.settled.update(names)
    table.narrow.update(names if len(names) > 1 else ())


def _link(draw: st.DrawFn, table: TrialTable, names: tuple[str, ...], target: TrialTable, key: TrialKey) -> None:
    words = "DEFERRABLE INITIALLY DEFERRED" if draw(st.integers(0, 3)) == 0 else ""
    if len(names) > 1 and draw(st.integers(0, 3)) == 0:
        words = f"MATCH FULL {words}"
    table.links.append(
        f"ALTER TABLE {quoted(table.name)} ADD FOREIGN KEY ({listed(names)}) "
        f"REFERENCES {quoted(target.name)} ({listed(key.columns)}) {words}".rstrip()
    )
    if draw(st.integers(0, 4)) == 0:
        table.lines.append(f"UNIQUE ({listed(names)})")


def _joining(draw: st.DrawFn, tables: list[TrialTable]) -> TrialTable:
    """A table whose primary key is made of references: many to many, or one to one."""
    table = TrialTable("joining")
    keyed = [one for one in tables if one.keys]
    names: list[str] = []
    for target in draw(st.lists(st.sampled_from(keyed), min_size=1, max_size=2)) if keyed else ():
        key = draw(st.sampled_from(target.keys))
        own = tuple(table.add(f"of_{name}", type_).name for name, type_ in zip(key.columns, key.types, strict=True))
        table.narrow.update(own if len(own) > 1 else ())
        _link(draw, table, own, target, key)
        names += own
    if names:
        table.lines.append(f"PRIMARY KEY ({listed(tuple(names))})")
    table.compared.update(names)
    table.settled.update(names)
    table.add("noted", "text", nullable=True)
    return table


def _sharing(draw: st.DrawFn) -> list[TrialTable]:
    """A tenant's tables: each key carries the tenant, and a table with two references has it in common."""
    tenant = TrialTable("tenant", [TrialColumn("id", "integer")], lines=["PRIMARY KEY (id)"])
    key = "PRIMARY KEY (tenant_id, id)" if draw(st.booleans()) else "PRIMARY KEY (id), UNIQUE (tenant_id, id)"
    column = TrialColumn("tenant_id", "integer")
    found = [tenant]
    for name in _SHARING[1:3]:
        to_tenant = f"ALTER TABLE {name} ADD FOREIGN KEY (tenant_id) REFERENCES tenant (id)"
        found.append(TrialTable(name, [TrialColumn("id", "integer"), column], lines=[key], links=[to_tenant]))
    nullable = draw(st.booleans())
    own = [
        TrialColumn("id", "integer"),
        column,
        *(TrialColumn(f"{one}_id", "integer", nullable) for one in ("folder", "person")),
    ]
    links = [
        f"ALTER TABLE permission ADD FOREIGN KEY (tenant_id, {one}_id) REFERENCES {one} (tenant_id, id)"
        for one in ("folder", "person")
    ]
    found.append(TrialTable("permission", own, lines=["PRIMARY KEY (id)"], links=links))
    for table in found:
        table.settled.update(column.name for column in table.columns)
        table.compared |= table.settled
    return found


def _own_type(draw: st.DrawFn, type_: str) -> str:
    """Now and then a column that refers is wider or narrower than what it refers to."""
    if type_ in _WIDER and draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(_WIDER[type_]))
    return type_


def _add_generated(draw: st.DrawFn, table: TrialTable) -> None:
    """A column that the database computes, or that has a default."""
    wide = [column for column in table.columns if column.name not in table.narrow]
    texts = [quoted(column.name) for column in wide if column.type in ("text", "varchar(12)")]
    if texts and draw(st.integers(0, 5)) == 0:
        table.add("search_text", "text", nullable=True, extra=f"GENERATED ALWAYS AS (lower({texts[0]})) STORED")
    if draw(st.integers(0, 5)) == 0:
        table.add("recorded_at", "timestamptz", extra="DEFAULT now()")


def _add_unique(draw: st.DrawFn, table: TrialTable) -> None:
    """Up to two unique keys, each with a column that has plenty of values."""
    if table.name in _SHARING:
        return
    wide = [column for column in table.columns if column.type in _WIDE and column.name not in table.narrow]
    for _ in range(draw(st.integers(0, 2)) if wide else 0):
        column = draw(st.sampled_from(wide))
        others = [other for other in table.columns if other is not column and _hashable(other)]
        make: Callable[..., None] = draw(st.sampled_from((_plain, _composite, _partial, _expression, _nulls_alike)))
        make(draw, table, column, others)
        table.compared.add(column.name)


def _hashable(column: TrialColumn) -> bool:
    return column.type not in ("json", "point", "place")


def _plain(draw: st.DrawFn, table: TrialTable, column: TrialColumn, others: list[TrialColumn]) -> None:
    table.lines.append(f"UNIQUE ({quoted(column.name)})")
    if not any(column.name in key.columns for key in table.keys):
        table.keys.append(TrialKey((column.name,), (column.type,)))


def _composite(draw: st.DrawFn, table: TrialTable, column: TrialColumn, others: list[TrialColumn]) -> None:
    more = draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else []
    names = [column.name, *(other.name for other in more)]
    table.lines.append(f"UNIQUE ({listed(tuple(draw(st.permutations(names))))})")


def _partial(draw: st.DrawFn, table: TrialTable, column: TrialColumn, others: list[TrialColumn]) -> None:
    about = draw(st.sampled_from(others)) if others else column
    arms = [f"{quoted(about.name)} IS NOT NULL", f"{quoted(about.name)} IS NULL"]
    if about.type == "boolean":
        arms += [quoted(about.name), f"NOT {quoted(about.name)}"]
    if about.type in ("text", "varchar(12)"):
        arms.append(f"{quoted(about.name)} <> ''")
    where = draw(st.sampled_from(arms))
    table.after.append(f"CREATE UNIQUE INDEX ON {quoted(table.name)} ({quoted(column.name)}) WHERE {where}")


def _expression(draw: st.DrawFn, table: TrialTable, column: TrialColumn, others: list[TrialColumn]) -> None:
    name = quoted(column.name)
    if column.type in ("text", "varchar(12)", "varchar(3)"):
        inside = draw(st.sampled_from((f"lower({name})", f"upper({name}::text)", f"md5({name})", f"(btrim({name}))")))
    elif column.type in ("integer", "bigint", "date", "smallint"):
        inside = f"({name} + 1)"
    else:
        inside = f"({name}::text)" if column.type in ("uuid",) else name
    if inside == "(name::text)" or column.nullable:
        inside = name if column.type not in ("text", "integer") else f"COALESCE({name}, {_constant(column.type)})"
    table.after.append(f"CREATE UNIQUE INDEX ON {quoted(table.name)} ({inside})")


def _constant(type_: str) -> str:
    return "''" if type_ == "text" else "0"


def _nulls_alike(draw: st.DrawFn, table: TrialTable, column: TrialColumn, others: list[TrialColumn]) -> None:
    table.lines.append(f"UNIQUE NULLS NOT DISTINCT ({quoted(column.name)})")


def _add_exclusion(draw: st.DrawFn, table: TrialTable, *, btree_gist: bool) -> None:
    ranges = [column for column in table.columns if column.type in ("daterange", "int4range", "tstzrange")]
    if not ranges or draw(st.booleans()):
        return
    column = draw(st.sampled_from(ranges))
    parts = [f"{quoted(column.name)} WITH &&"]
    beside = [other for other in table.columns if other.type in ("integer", "bigint", "date", "text")]
    if btree_gist and beside and draw(st.booleans()):
        parts.insert(0, f"{quoted(draw(st.sampled_from(beside)).name)} WITH =")
    table.lines.append(f"EXCLUDE USING gist ({', '.join(parts)})")
    table.compared.add(column.name)


def _cut(draw: st.DrawFn, table: TrialTable) -> None:
    """Now and then a table without keys is partitioned; it may get one that holds its cut."""
    if table.keys or any(word in line for line in table.lines for word in ("UNIQUE", "EXCLUDE", "PRIMARY")):
        return
    if draw(st.integers(0, 2)) or table.after:
        return
    name, kind = quoted(table.name), draw(st.sampled_from(("range", "list", "hash")))
    if kind == "range":
        column = table.add("logged_on", "date")
        bounds = [("'2024-01-01'", "'2025-01-01'"), ("'2025-06-01'", "'2026-01-01'")]
        parts = [f"FOR VALUES FROM ({low}) TO ({high})" for low, high in bounds[: draw(st.integers(1, 2))]]
    elif kind == "list":
        column = table.add("region", "text", nullable=draw(st.booleans()))
        parts = ["FOR VALUES IN ('north', 'east')", "FOR VALUES IN ('south')"][: draw(st.integers(1, 2))]
    else:
        column = table.add("bucket", "integer")
        parts = [f"FOR VALUES WITH (MODULUS 2, REMAINDER {place})" for place in range(2)]
    table.suffix = f" PARTITION BY {kind} ({quoted(column.name)})"
    if not column.nullable and draw(st.booleans()):
        number = table.add("number", "bigint", extra="GENERATED BY DEFAULT AS IDENTITY" if draw(st.booleans()) else "")
        table.lines.append(f"PRIMARY KEY ({listed((column.name, number.name))})")
    for place, bound in enumerate(parts):
        part = quoted(f"{table.name}_{place}")
        table.after.append(f"CREATE TABLE {part} PARTITION OF {name} {bound}")
