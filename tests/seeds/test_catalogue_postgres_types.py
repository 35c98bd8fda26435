"""The catalogue of a PostgreSQL database: types, resolved to what one value is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seeds.catalog import DataType, Kind
from seeds.databases.postgres.catalogue.modifiers import Modifier, read_modifier
from tests.seeds.catalogue_reading import (
    catalogue_of,
    execute,
    needs_extension,
    needs_folding_collation,
    needs_version,
    table_of,
)

INT4 = DataType(Kind.INTEGER, "integer", "int4", low=-2_147_483_648, high=2_147_483_647)


BUILT_IN = [
    ("smallint", DataType(Kind.INTEGER, "smallint", "int2", low=-32_768, high=32_767)),
    ("int", INT4),
    ("bigint", DataType(Kind.INTEGER, "bigint", "int8", low=-(2**63), high=2**63 - 1)),
    ("oid", DataType(Kind.INTEGER, "oid", "oid", low=1, high=2**31 - 1)),
    ("numeric", DataType(Kind.NUMERIC, "numeric", "numeric")),
    ("numeric(10,2)", DataType(Kind.NUMERIC, "numeric(10,2)", "numeric", precision=10, scale=2)),
    ("numeric(5)", DataType(Kind.NUMERIC, "numeric(5,0)", "numeric", precision=5, scale=0)),
    ("numeric(1000,1000)", DataType(Kind.NUMERIC, "numeric(1000,1000)", "numeric", precision=1000, scale=1000)),
    ("real", DataType(Kind.FLOAT, "real", "float4")),
    ("double precision", DataType(Kind.FLOAT, "double precision", "float8")),
    ("boolean", DataType(Kind.BOOLEAN, "boolean", "bool")),
    ("text", DataType(Kind.TEXT, "text", "text")),
    ("varchar", DataType(Kind.TEXT, "character varying", "varchar")),
    ("varchar(40)", DataType(Kind.TEXT, "character varying(40)", "varchar", size=40)),
    ("char", DataType(Kind.CHAR, "character(1)", "bpchar", size=1)),
    ("char(9)", DataType(Kind.CHAR, "character(9)", "bpchar", size=9)),
    ('"char"', DataType(Kind.CHAR, '"char"', "char", size=1)),
    ("name", DataType(Kind.TEXT, "name", "name", size=63)),
    ("bytea", DataType(Kind.BYTES, "bytea", "bytea")),
    ("date", DataType(Kind.DATE, "date", "date")),
    ("time", DataType(Kind.TIME, "time without time zone", "time")),
    ("timetz(0)", DataType(Kind.TIME, "time(0) with time zone", "timetz", scale=0)),
    ("timestamp(3)", DataType(Kind.TIMESTAMP, "timestamp(3) without time zone", "timestamp", scale=3)),
    ("timestamptz", DataType(Kind.TIMESTAMPTZ, "timestamp with time zone", "timestamptz")),
    ("interval", DataType(Kind.INTERVAL, "interval", "interval")),
    ("interval(2)", DataType(Kind.INTERVAL, "interval(2)", "interval", scale=2)),
    ("interval year", DataType(Kind.INTERVAL, "interval year", "interval")),
    ("uuid", DataType(Kind.UUID, "uuid", "uuid")),
    ("json", DataType(Kind.JSON, "json", "json")),
    ("jsonb", DataType(Kind.JSON, "jsonb", "jsonb")),
    ("inet", DataType(Kind.INET, "inet", "inet")),
    ("cidr", DataType(Kind.CIDR, "cidr", "cidr")),
    ("macaddr", DataType(Kind.MACADDR, "macaddr", "macaddr")),
    ("macaddr8", DataType(Kind.MACADDR, "macaddr8", "macaddr8")),
    ("xml", DataType(Kind.XML, "xml", "xml")),
    ("tsvector", DataType(Kind.TSVECTOR, "tsvector", "tsvector")),
    ("tsquery", DataType(Kind.TSQUERY, "tsquery", "tsquery")),
    ("bit", DataType(Kind.BIT, "bit(1)", "bit", size=1)),
    ("bit(8)", DataType(Kind.BIT, "bit(8)", "bit", size=8)),
    ("varbit", DataType(Kind.BIT, "bit varying", "varbit")),
    ("varbit(8)", DataType(Kind.BIT, "bit varying(8)", "varbit", size=8)),
    ("money", DataType(Kind.MONEY, "money", "money")),
    ("point", DataType(Kind.POINT, "point", "point")),
    ("box", DataType(Kind.OTHER, "box", "box")),
    ("regclass", DataType(Kind.OTHER, "regclass", "regclass")),
    ("pg_lsn", DataType(Kind.OTHER, "pg_lsn", "pg_lsn")),
    ("int[]", replace(INT4, name="integer[]", dimensions=1)),
    ("varchar(9)[][]", DataType(Kind.TEXT, "character varying(9)[]", "varchar", size=9, dimensions=2)),
    (
        "int4range",
        DataType(Kind.RANGE, "int4range", "int4range", element=INT4),
    ),
    ("daterange", DataType(Kind.RANGE, "daterange", "daterange", element=DataType(Kind.DATE, "date", "date"))),
]


def type_of(url: str, written: str, *statements: str) -> DataType:
    table = table_of(url, *statements, f"CREATE TABLE thing (a {written})")
    return table.columns[0].type


def test_built_in_types(database_url: str) -> None:
    """Each of the server's own types is known with its size, digits and bounds."""
    columns = ", ".join(f"c{number} {written}" for number, (written, _) in enumerate(BUILT_IN))
    table = table_of(database_url, f"CREATE TABLE thing ({columns})")
    assert [column.type for column in table.columns] == [expected for _, expected in BUILT_IN]


def test_a_negative_scale_is_one(database_url: str) -> None:
    """Thousands: three digits, rounded to the left of the point."""
    needs_version(database_url, 15)
    kind = type_of(database_url, "numeric(3,-3)")
    assert (kind.precision, kind.scale) == (3, -3)


def test_a_multirange_has_its_ranges_bounds(database_url: str) -> None:
    """The element is the type of a bound, not of a range."""
    needs_version(database_url, 14)
    kind = type_of(database_url, "nummultirange")
    assert (kind.kind, kind.element) == (Kind.MULTIRANGE, DataType(Kind.NUMERIC, "numeric", "numeric"))


def test_a_range_of_ones_own(database_url: str) -> None:
    """A range type that somebody made is one like the server's."""
    kind = type_of(database_url, "span", "CREATE TYPE span AS RANGE (subtype = time)")
    assert (kind.kind, kind.base) == (Kind.RANGE, "span")
    assert kind.element == DataType(Kind.TIME, "time without time zone", "time")


def test_an_enums_labels_are_in_its_order(database_url: str) -> None:
    """A label that was put between others stands there; the enum's schema is in the name."""
    kind = type_of(
        database_url,
        'odd."Mood"',
        "CREATE SCHEMA odd",
        """CREATE TYPE odd."Mood" AS ENUM ('sad', 'it''s "so"')""",
        """ALTER TYPE odd."Mood" ADD VALUE 'fine' BEFORE 'it''s "so"'""",
    )
    assert kind == DataType(Kind.ENUM, 'odd."Mood"', "Mood", labels=("sad", "fine", 'it\'s "so"'))


def test_a_domain_is_what_it_stands_on_with_all_checks(database_url: str) -> None:
    """Size from the base, checks from every level with the lowest first, null forbidden at any."""
    kind = type_of(
        database_url,
        "narrow",
        "CREATE DOMAIN wide AS varchar(12) NOT NULL CHECK (VALUE <> '')",
        "CREATE DOMAIN narrow AS wide CONSTRAINT b CHECK (length(VALUE) < 5) CONSTRAINT a CHECK (VALUE ~ '^x')",
    )
    assert kind == DataType(
        Kind.TEXT,
        "narrow",
        "varchar",
        size=12,
        domain="narrow",
        checks=("((VALUE)::text <> ''::text)", "((VALUE)::text ~ '^x'::text)", "(length((VALUE)::text) < 5)"),
        not_null=True,
    )


def test_a_domains_default_is_its_columns(database_url: str) -> None:
    """A column of a domain gets the nearest default: its own, or that of the domain or the one below."""
    table = table_of(
        database_url,
        "CREATE DOMAIN low AS int DEFAULT 7",
        "CREATE DOMAIN high AS low",
        "CREATE TABLE thing (a low, b high, c high DEFAULT 9)",
    )
    assert [column.default for column in table.columns] == ["7", "7", "9"]


def test_checks_of_elements_and_of_arrays_are_told_apart(database_url: str) -> None:
    """A domain over an array checks the whole of it; an array of a domain has a domain no more."""
    table = table_of(
        database_url,
        "CREATE DOMAIN few AS int[] CHECK (cardinality(VALUE) < 3)",
        "CREATE DOMAIN small AS int NOT NULL CHECK (VALUE < 10)",
        "CREATE TABLE thing (whole few, parts small[], nested few[])",
    )
    whole, parts, nested = (column.type for column in table.columns)
    assert (whole.kind, whole.dimensions, whole.domain) == (Kind.INTEGER, 1, "few")
    assert whole.checks == ("(cardinality(VALUE) < 3)",)
    assert (parts.kind, parts.dimensions, parts.domain, parts.not_null) == (Kind.INTEGER, 1, "", False)
    assert parts.checks == ("(VALUE < 10)",)
    assert (nested.kind, nested.name) == (Kind.OTHER, "few[]")


def test_a_composites_fields_are_types_themselves(database_url: str) -> None:
    """Composites inside composites, domains and arrays are followed; dropped fields are gone."""
    kind = type_of(
        database_url,
        "outside",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        "CREATE TYPE inside AS (x positive, gone int, y text[])",
        "ALTER TYPE inside DROP ATTRIBUTE gone",
        'CREATE TYPE outside AS ("In" inside, z varchar(3))',
    )
    (first, inside), last = kind.fields
    assert (kind.kind, first, inside.kind) == (Kind.COMPOSITE, "In", Kind.COMPOSITE)
    assert [(name, part.base, part.dimensions) for name, part in inside.fields] == [("x", "int4", 0), ("y", "text", 1)]
    assert inside.fields[0][1].checks == ("(VALUE > 0)",)
    assert last == ("z", DataType(Kind.TEXT, "character varying(3)", "varchar", size=3))


def test_a_tables_own_type_is_a_composite(database_url: str) -> None:
    """A column may hold a whole row of another table."""
    catalogue = catalogue_of(database_url, "CREATE TABLE one (a int, b text)", "CREATE TABLE two (rows one[])")
    kind = catalogue.tables["two"].columns[0].type
    assert (kind.kind, kind.dimensions, [name for name, _ in kind.fields]) == (Kind.COMPOSITE, 1, ["a", "b"])


def test_a_collation_that_ignores_case_is_seen(database_url: str) -> None:
    """Texts that differ in case alone are equal to such a column."""
    needs_folding_collation(database_url, "folding")
    table = table_of(database_url, 'CREATE TABLE thing (a text COLLATE folding, b text, c text COLLATE "C")')
    assert [column.type.case_insensitive for column in table.columns] == [True, False, False]


def test_citext_ignores_case(database_url: str) -> None:
    """The extension's type is a text, wherever it was put, and under a domain too."""
    execute(database_url, "CREATE SCHEMA ext")
    needs_extension(database_url, "citext", schema="ext")
    kind = type_of(database_url, "folded", "CREATE DOMAIN folded AS ext.citext")
    assert (kind.kind, kind.base, kind.case_insensitive, kind.domain) == (Kind.TEXT, "citext", True, "folded")


@pytest.mark.parametrize(("name", "kind"), [("hstore", Kind.HSTORE), ("ltree", Kind.LTREE), ("cube", Kind.OTHER)])
def test_types_of_extensions(database_url: str, name: str, kind: Kind) -> None:
    """Well-known extensions' types have kinds of their own, others none."""
    needs_extension(database_url, name)
    assert type_of(database_url, name) == DataType(kind, name, name)


def test_a_vectors_size_is_its_dimensions(database_url: str) -> None:
    """As many numbers as the column says."""
    needs_extension(database_url, "vector")
    table = table_of(database_url, "CREATE TABLE thing (a vector(3), b vector, c halfvec(4))")
    assert [(column.type.kind, column.type.size) for column in table.columns] == [
        (Kind.VECTOR, 3), (Kind.VECTOR, None), (Kind.VECTOR, 4),
    ]  # fmt: skip


def test_a_type_is_not_an_extensions_for_its_name(database_url: str) -> None:
    """An enum that somebody called like an extension's type is an enum."""
    assert type_of(database_url, "citext", "CREATE TYPE citext AS ENUM ('a')").kind is Kind.ENUM


def test_a_type_called_like_the_servers_is_not_the_servers(database_url: str) -> None:
    """A composite called money is no money."""
    assert type_of(database_url, "public.money", "CREATE TYPE public.money AS (a int)").kind is Kind.COMPOSITE


@pytest.mark.parametrize(
    ("base", "modifier", "written", "expected"),
    [
        ("geometry", 1_107_460, "geometry(Point,4326)", Modifier(subtype="POINT", srid=4326)),
        ("geometry", 24, "public.geometry(MultiPolygon)", Modifier(subtype="MULTIPOLYGON")),
        ("geometry", 6, "geometry(PointZ,27700)", Modifier(subtype="POINTZ", srid=27_700)),
        ("geometry", 1, "geometry(Geometry,-1)", Modifier(subtype="GEOMETRY", srid=-1)),
        ("geometry", -1, "geometry", Modifier()),
        ("geography", -1, "geography", Modifier(srid=4326)),
        ("geography", 1, "geography(Point)", Modifier(subtype="POINT", srid=4326)),
        ("geography", 1, "geography(LineString,4258)[]", Modifier(subtype="LINESTRING", srid=4258)),
    ],
)
def test_a_geometrys_shape_is_read_from_its_name(base: str, modifier: int, written: str, expected: Modifier) -> None:
    """Shape and reference system are those that DDL names; a geography is on the globe by itself."""
    assert read_modifier(base, modifier, written) == expected


def made_up(name: str) -> tuple[str, ...]:
    """Statements that make a base type, with a text's way of being read and written, as an extension does."""
    functions = "LANGUAGE internal IMMUTABLE STRICT"
    return (
        f"CREATE TYPE public.{name}",
        f"CREATE FUNCTION reads(cstring) RETURNS public.{name} {functions} AS 'textin'",
        f"CREATE FUNCTION writes(public.{name}) RETURNS cstring {functions} AS 'textout'",
        f"CREATE TYPE public.{name} (INPUT = reads, OUTPUT = writes, LIKE = text)",
    )


def test_a_geometry_under_a_domain(database_url: str) -> None:
    """A type called geometry is one, with no shape where none is said."""
    kind = type_of(database_url, "place", *made_up("geometry"), "CREATE DOMAIN place AS geometry")
    assert (kind.kind, kind.base, kind.subtype, kind.srid) == (Kind.GEOMETRY, "geometry", "", 0)


def test_a_base_type_called_like_the_servers_is_unknown(database_url: str) -> None:
    """Whatever an extension means by a date of its own, it need not be a date."""
    assert type_of(database_url, "public.date", *made_up("date")).kind is Kind.OTHER
