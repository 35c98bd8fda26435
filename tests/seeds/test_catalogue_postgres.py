"""The catalogue of a PostgreSQL database: which tables there are, and their columns."""

from __future__ import annotations

import psycopg
import pytest

from seeds.catalog import TableName
from seeds.databases.postgres.names import qualified
from seeds.errors import TargetError
from seeds.ports import BOOKKEEPING_TABLES
from tests.seeds.catalogue_reading import catalogue_of, connected, execute, needs_extension, needs_version, table_of


def test_an_empty_database_has_no_tables(database_url: str) -> None:
    """Nothing of the server's own shows."""
    catalogue = catalogue_of(database_url)
    assert (catalogue.dialect, catalogue.tables, catalogue.functions) == ("postgres", {}, {})


def test_the_version_is_the_servers(database_url: str) -> None:
    """The version is the number that the server calls itself by."""
    with connected(database_url) as connection:
        number = connection.info.server_version
    assert catalogue_of(database_url).version == f"{number // 10_000}.{number % 10_000}"


def test_only_what_rows_can_be_put_in_is_a_table(database_url: str) -> None:
    """Views, materialised views, sequences, temporary tables and Understudy's own tables are not."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE thing (id int)",
        "CREATE VIEW seen AS SELECT * FROM thing",
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM thing",
        "CREATE SEQUENCE counted",
        "CREATE UNLOGGED TABLE fast (id int)",
        *(f"CREATE TABLE {name} (id int)" for name in BOOKKEEPING_TABLES),
    )
    assert list(catalogue.tables) == ["fast", "thing"]


def test_a_temporary_table_of_somebody_elses_is_none(database_url: str) -> None:
    """Another session's temporary table cannot be filled."""
    with connected(database_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE passing (id int)")
        assert not catalogue_of(database_url).tables


def test_schemas_are_told_apart(database_url: str) -> None:
    """Two tables of the same name are two; only the usual schema goes unsaid."""
    statements = ("CREATE TABLE thing (here int)", "CREATE SCHEMA other", "CREATE TABLE other.thing (there int)")
    catalogue = catalogue_of(database_url, *statements)
    assert {key: (table.name, table.columns[0].name) for key, table in catalogue.tables.items()} == {
        "thing": (TableName("", "thing"), "here"),
        "other.thing": (TableName("other", "thing"), "there"),
    }


def test_schemas_can_be_chosen(database_url: str) -> None:
    """Only tables of the schemas asked for are there; the usual one is called public."""
    execute(database_url, "CREATE TABLE a ()", "CREATE SCHEMA s", "CREATE TABLE s.b ()", "CREATE SCHEMA t")
    execute(database_url, "CREATE TABLE t.c ()")
    assert list(catalogue_of(database_url, schemas=("public",)).tables) == ["a"]
    assert list(catalogue_of(database_url, schemas=("s", "t")).tables) == ["s.b", "t.c"]


@pytest.mark.parametrize("name", ["Bill", "a b", 'say "so"', "select", "100%", "it's", "a.b", "{x}", "ümlaut", "$1"])
def test_any_name_is_quoted_so_that_it_is_found(database_url: str, name: str) -> None:
    """Whatever a table and its schema are called, the quoted name leads back to the table."""
    quoted = '"' + name.replace('"', '""') + '"'
    catalogue = catalogue_of(
        database_url,
        f"CREATE TABLE {quoted} ({quoted} int PRIMARY KEY)",
        f"CREATE SCHEMA {quoted}",
        f"CREATE TABLE {quoted}.thing ({quoted} int REFERENCES {quoted} ({quoted}))",
        f"INSERT INTO {quoted} VALUES (5)",
        f"INSERT INTO {quoted}.thing VALUES (5), (5)",
    )
    there, here = sorted(catalogue.tables.values(), key=lambda table: table.name.name == name)
    assert (here.existing.count, here.existing.values) == (1, {name: (5,)})
    assert there.foreign_keys[0].target == here.name
    with connected(database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {qualified(there.name)}".encode()).fetchone()
    assert row == (2,)


def test_a_point_in_a_name_makes_the_schema_show(database_url: str) -> None:
    """A table called a.b and table b of schema a keep names of their own."""
    catalogue = catalogue_of(
        database_url, 'CREATE TABLE "a.b" (here int)', "CREATE SCHEMA a", "CREATE TABLE a.b (there int)"
    )
    assert {key: table.columns[0].name for key, table in catalogue.tables.items()} == {
        "a.b": "there",
        "public.a.b": "here",
    }


def test_names_that_cannot_be_told_apart_are_refused(database_url: str) -> None:
    """Where schema and name run together the same, neither table is dropped in silence."""
    statements = ("CREATE SCHEMA a", 'CREATE SCHEMA "a.b"', 'CREATE TABLE a."b.c" ()', 'CREATE TABLE "a.b".c ()')
    execute(database_url, *statements)
    with pytest.raises(TargetError, match=r"'a\.b\.c'"):
        catalogue_of(database_url)
    assert list(catalogue_of(database_url, schemas=("a",)).tables) == ["a.b.c"]


def test_columns_come_in_order_without_dropped_ones(database_url: str) -> None:
    """What was dropped is gone, and what a key's number stands for is still right."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int, gone int, b int, c text, UNIQUE (c, b))",
        "ALTER TABLE thing DROP COLUMN gone",
        "ALTER TABLE thing ADD COLUMN d int",
    )
    assert [column.name for column in table.columns] == ["a", "b", "c", "d"]
    assert table.keys[0].columns == ("c", "b")


def test_a_table_may_have_no_columns_or_many(database_url: str) -> None:
    """Neither none nor as many as the server allows is a difficulty."""
    wide = ", ".join(f"c{number} smallint" for number in range(1600))
    catalogue = catalogue_of(
        database_url, "CREATE TABLE bare ()", f"CREATE TABLE wide ({wide})", "INSERT INTO bare DEFAULT VALUES"
    )
    assert (catalogue.tables["bare"].columns, catalogue.tables["bare"].existing.count) == ((), 1)
    assert [column.name for column in catalogue.tables["wide"].columns] == [f"c{number}" for number in range(1600)]


def test_a_typed_table_has_its_types_columns(database_url: str) -> None:
    """A table OF a type is a table like any other."""
    table = table_of(database_url, "CREATE TYPE pair AS (a int, b text)", "CREATE TABLE pairs OF pair")
    assert [(column.name, column.type.base) for column in table.columns] == [("a", "int4"), ("b", "text")]


def test_what_the_database_computes_is_known(database_url: str) -> None:
    """A generated column has its expression and no default; nothing can be given for it."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (net numeric(8,2) DEFAULT 1, gross numeric(8,2) GENERATED ALWAYS AS (net * 2) STORED)",
    )
    net, gross = table.columns
    assert (net.generated, net.expression, net.default) == (False, "", "1")
    assert (gross.generated, gross.expression, gross.default) == (True, "(net * (2)::numeric)", "")


def test_a_virtual_column_is_computed_too(database_url: str) -> None:
    """That a value is computed on reading makes no difference to who fills in rows."""
    needs_version(database_url, 18)
    table = table_of(database_url, "CREATE TABLE thing (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)")
    assert (table.column("b").generated, table.column("b").expression) == (True, "(a + 1)")


def test_identity_and_sequences_are_known(database_url: str) -> None:
    """Both sorts of identity, serial, and a shared sequence; each sequence is quoted for SQL."""
    table = table_of(
        database_url,
        'CREATE SCHEMA "Odd"',
        """CREATE SEQUENCE "Odd"."It's one\"""",
        "CREATE TABLE thing (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY, c serial, "
        """d text DEFAULT 'T' || nextval('"Odd"."It''s one"'), """
        """e bigint DEFAULT nextval(('"Odd"."It''s one"'::text)::regclass), f int DEFAULT 4, """
        """g bigint DEFAULT currval('"Odd"."It''s one"'))""",
        "CREATE SEQUENCE unused OWNED BY thing.f",
    )
    assert [(column.identity, column.sequence) for column in table.columns] == [
        ("always", "public.thing_a_seq"),
        ("by default", "public.thing_b_seq"),
        ("", "public.thing_c_seq"),
        ("", '"Odd"."It\'s one"'),
        ("", '"Odd"."It\'s one"'),
        ("", ""),
        ("", ""),
    ]
    assert table.column("a").default == ""
    assert table.column("c").default == "nextval('thing_c_seq'::regclass)"


def test_null_is_allowed_where_the_column_says_so(database_url: str) -> None:
    """NOT NULL, however it came about, is seen, and is no check."""
    table = table_of(database_url, "CREATE TABLE thing (a int, b int NOT NULL, c int PRIMARY KEY)")
    assert [column.nullable for column in table.columns] == [True, False, False]
    assert table.checks == ()


def test_comments_are_read(database_url: str) -> None:
    """What the authors wrote about a table and its columns is there word for word."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int, b int)",
        "COMMENT ON TABLE thing IS 'Things; one''s own'",
        "COMMENT ON COLUMN thing.b IS 'The second'",
    )
    assert (table.comment, table.column("a").comment, table.column("b").comment) == (
        "Things; one's own",
        "",
        "The second",
    )


def test_moments_are_printed_in_one_zone(database_url: str) -> None:
    """A default means the same whatever zone and style the database is set to."""
    with connected(database_url) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET TimeZone = 'Asia/Kathmandu'")
        connection.execute(f"ALTER DATABASE \"{name}\" SET DateStyle = 'German'")
    table = table_of(database_url, "CREATE TABLE thing (at timestamptz DEFAULT '2026-04-06 12:00:00+00'::timestamptz)")
    assert table.columns[0].default == "'2026-04-06 12:00:00+00'::timestamp with time zone"


def test_heirs_name_their_parents(database_url: str) -> None:
    """Plain inheritance: both are tables, the heir has the parents' columns and says whose they are."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE one (a int CHECK (a > 0))",
        "CREATE TABLE two (b int)",
        "CREATE TABLE heir (c int) INHERITS (two, one)",
        "INSERT INTO heir VALUES (1, 1, 1)",
    )
    heir = catalogue.tables["heir"]
    assert heir.inherits == (TableName("", "two"), TableName("", "one"))
    assert [column.name for column in heir.columns] == ["b", "a", "c"]
    assert [check.predicate for check in heir.checks] == ["(a > 0)"]
    assert {key: table.existing.count for key, table in catalogue.tables.items()} == {"one": 0, "two": 0, "heir": 1}


def test_tables_of_extensions_are_left_alone(database_url: str) -> None:
    """A table that came with an extension is no more to be filled than the server's own."""
    execute(
        database_url,
        "CREATE TABLE mine (id int)",
        "CREATE TABLE theirs (id int)",
        "CREATE SCHEMA inside",
        "CREATE TABLE inside.made (id int)",
        # What CREATE EXTENSION does for the tables and schemas of its script; there is no extension with tables here.
        "ALTER EXTENSION plpgsql ADD TABLE theirs",
        "ALTER EXTENSION plpgsql ADD SCHEMA inside",
    )
    assert list(catalogue_of(database_url).tables) == ["mine"]


def test_foreign_tables_are_known_for_what_they_are(database_url: str) -> None:
    """A table on another server is included, not looked into, and takes rows only if its server does."""
    needs_extension(database_url, "file_fdw")
    table = table_of(
        database_url,
        "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
        "CREATE FOREIGN TABLE far (id int) SERVER files OPTIONS (filename '/nowhere/at/all')",
    )
    assert (table.kind, table.insertable, table.existing.count) == ("foreign", False, 0)


def test_reading_leaves_no_trace(database_url: str) -> None:
    """It is done in a transaction that cannot write, and no lock outlives it."""
    execute(database_url, "CREATE TABLE thing (id int PRIMARY KEY)", "INSERT INTO thing VALUES (1)")
    catalogue_of(database_url)
    with connected(database_url) as connection:
        connection.execute("SET lock_timeout = '1s'")
        connection.execute("DROP TABLE thing")
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT FROM thing")
