"""Which family each of PostgreSQL's own types, and of well-known extensions' types, belongs to."""

from __future__ import annotations

from ....catalog import Kind

BUILT_IN = {
    "bool": Kind.BOOLEAN,
    "int2": Kind.INTEGER,
    "int4": Kind.INTEGER,
    "int8": Kind.INTEGER,
    "oid": Kind.INTEGER,
    "numeric": Kind.NUMERIC,
    "float4": Kind.FLOAT,
    "float8": Kind.FLOAT,
    "text": Kind.TEXT,
    "varchar": Kind.TEXT,
    "name": Kind.TEXT,
    "bpchar": Kind.CHAR,
    "char": Kind.CHAR,
    "bytea": Kind.BYTES,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "timetz": Kind.TIME,
    "timestamp": Kind.TIMESTAMP,
    "timestamptz": Kind.TIMESTAMPTZ,
    "interval": Kind.INTERVAL,
    "uuid": Kind.UUID,
    "json": Kind.JSON,
    "jsonb": Kind.JSON,
    "inet": Kind.INET,
    "cidr": Kind.CIDR,
    "macaddr": Kind.MACADDR,
    "macaddr8": Kind.MACADDR,
    "xml": Kind.XML,
    "tsvector": Kind.TSVECTOR,
    "tsquery": Kind.TSQUERY,
    "bit": Kind.BIT,
    "varbit": Kind.BIT,
    "money": Kind.MONEY,
    "point": Kind.POINT,
}

EXTENSIONS = {
    "citext": Kind.TEXT,
    "hstore": Kind.HSTORE,
    "ltree": Kind.LTREE,
    "geometry": Kind.GEOMETRY,
    "geography": Kind.GEOMETRY,
    "vector": Kind.VECTOR,
    "halfvec": Kind.VECTOR,
}
"""By name alone: an extension's types lie in whatever schema it was put into."""

CASE_INSENSITIVE = frozenset({"citext"})

# An oid is unsigned, but nobody reads one beyond the signed half.
WHOLE_NUMBERS = {
    "int2": (-(2**15), 2**15 - 1),
    "int4": (-(2**31), 2**31 - 1),
    "int8": (-(2**63), 2**63 - 1),
    "oid": (1, 2**31 - 1),
}

FIXED_SIZES = {"char": 1, "name": 63}
"""Octets of types whose size is not written."""
