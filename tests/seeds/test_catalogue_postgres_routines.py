"""The catalogue of a PostgreSQL database: triggers, functions that checks call, and row level security."""

from __future__ import annotations

from seeds.catalog import Trigger
from seeds.databases.postgres.catalogue import read_catalog
from tests.seeds.catalogue_reading import catalogue_of, connected, execute, needs_version, table_of

BODY = "BEGIN RETURN NEW; END"
TABLE = ("CREATE TABLE thing (a int, b int)", f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS '{BODY}'")


def test_triggers_for_inserted_rows_are_known(database_url: str) -> None:
    """When they fire, for what, and what they do; in the order of their names, which is how they fire."""
    table = table_of(
        database_url,
        *TABLE,
        "CREATE TRIGGER b AFTER INSERT OR UPDATE ON thing FOR EACH STATEMENT EXECUTE FUNCTION f()",
        "CREATE TRIGGER a BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE CONSTRAINT TRIGGER c AFTER INSERT ON thing DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()",
    )
    assert table.triggers == (
        Trigger("a", "before", True, "f", BODY),
        Trigger("b", "after", False, "f", BODY),
        Trigger("c", "after", True, "f", BODY, constraint=True),
    )


def test_triggers_that_do_not_fire_are_left_out(database_url: str) -> None:
    """Those for updates, deletions, replicas, and those that are off; and the server's own for foreign keys."""
    execute(
        database_url,
        *TABLE,
        "CREATE TRIGGER a BEFORE UPDATE OR DELETE ON thing FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TRIGGER b BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TRIGGER c BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TRIGGER d BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION f()",
        "ALTER TABLE thing DISABLE TRIGGER b",
        "ALTER TABLE thing ENABLE REPLICA TRIGGER c",
        "ALTER TABLE thing ENABLE ALWAYS TRIGGER d",
        "ALTER TABLE thing ADD PRIMARY KEY (a), ADD FOREIGN KEY (b) REFERENCES thing",
    )
    assert [trigger.name for trigger in table_of(database_url).triggers] == ["d"]


def test_a_partitions_own_trigger_is_the_tables(database_url: str) -> None:
    """Rows put into the table meet it on their way."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int) PARTITION BY LIST (a)",
        "CREATE TABLE thing_1 PARTITION OF thing FOR VALUES IN (1)",
        TABLE[1],
        "CREATE TRIGGER t BEFORE INSERT ON thing_1 FOR EACH ROW EXECUTE FUNCTION f()",
    )
    assert [trigger.name for trigger in table.triggers] == ["t"]


def test_a_trigger_in_c_shows_its_definition(database_url: str) -> None:
    """The server's own trigger functions have no text; what they are given says what they do."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (words tsvector, title text)",
        "CREATE TRIGGER t BEFORE INSERT ON thing FOR EACH ROW "
        "EXECUTE FUNCTION tsvector_update_trigger(words, 'pg_catalog.english', title)",
    )
    (trigger,) = table.triggers
    assert trigger.function == "tsvector_update_trigger"
    assert "tsvector_update_trigger('words', 'pg_catalog.english', 'title')" in trigger.body


def test_a_triggers_function_may_lie_elsewhere(database_url: str) -> None:
    """A function of another schema is called by both names."""
    table = table_of(
        database_url,
        "CREATE SCHEMA tools",
        f"CREATE FUNCTION tools.f() RETURNS trigger LANGUAGE plpgsql AS '{BODY}'",
        TABLE[0],
        "CREATE TRIGGER t BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION tools.f()",
    )
    assert table.triggers[0].function == "tools.f"


def test_functions_that_checks_call_are_read(database_url: str) -> None:
    """Of tables and of domains, with those that they call themselves, by both names; no others."""
    catalogue = catalogue_of(
        database_url,
        "CREATE SCHEMA tools",
        "CREATE FUNCTION tools.inner_one(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> '''''",
        """CREATE FUNCTION "Outer"(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT tools.inner_one($1)'""",
        "CREATE FUNCTION third(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 3'",
        "CREATE FUNCTION fourth(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        "CREATE DOMAIN big AS int CHECK (third(VALUE))",
        """CREATE TABLE thing (a text CHECK ("Outer"(a) AND lower(a) = a), b big)""",
    )
    assert catalogue.functions == {
        "outer": "SELECT tools.inner_one($1)",
        "public.outer": "SELECT tools.inner_one($1)",
        "inner_one": "SELECT $1 <> ''",
        "tools.inner_one": "SELECT $1 <> ''",
        "third": "SELECT $1 > 3",
        "public.third": "SELECT $1 > 3",
    }


def test_functions_that_call_themselves_end(database_url: str) -> None:
    """Two functions that call one another are read once each."""
    catalogue = catalogue_of(
        database_url,
        "SET check_function_bodies = off",
        "CREATE FUNCTION f(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN g($1); END'",
        "CREATE FUNCTION g(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN f($1); END'",
        "CREATE TABLE thing (a int CHECK (f(a)))",
    )
    assert {"f", "g"} <= catalogue.functions.keys()


def test_a_function_in_the_standards_form_is_read(database_url: str) -> None:
    """Its body is no string, and is printed by the server."""
    needs_version(database_url, 14)
    catalogue = catalogue_of(
        database_url,
        "CREATE FUNCTION f(n int) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN n > 3",
        "CREATE TABLE thing (a int CHECK (f(a)))",
    )
    assert catalogue.functions["f"] == "RETURN (n > 3)"


def test_row_security_is_seen(database_url: str) -> None:
    """Whether it is on, and whether for the owner too; a superuser is above it."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE a ()",
        "CREATE TABLE b ()",
        "CREATE TABLE c ()",
        "ALTER TABLE b ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE c ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE c FORCE ROW LEVEL SECURITY",
    )
    found = {key: (table.row_security, table.forced_security) for key, table in catalogue.tables.items()}
    assert found == {"a": (False, False), "b": (True, False), "c": (True, True)}
    assert catalogue.bypasses_security


def test_what_a_user_may_not_do_is_known(database_url: str) -> None:
    """Tables that cannot be read count as empty; those that take no rows from the user say so."""
    execute(
        database_url,
        "CREATE SCHEMA hidden",
        "CREATE SCHEMA shown",
        "CREATE TABLE shown.open (id int PRIMARY KEY)",
        "CREATE TABLE shown.readable (id int PRIMARY KEY)",
        "CREATE TABLE shown.closed (id int PRIMARY KEY)",
        "CREATE TABLE hidden.away (id int PRIMARY KEY)",
        "CREATE TABLE shown.failing (id int PRIMARY KEY)",
        "ALTER TABLE shown.failing ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON shown.failing USING (id = current_setting('no.such_setting')::int)",
        *(f"INSERT INTO {name} VALUES (1)" for name in ("shown.open", "shown.readable", "shown.closed")),
        *(f"INSERT INTO {name} VALUES (1)" for name in ("hidden.away", "shown.failing")),
    )
    with connected(database_url) as connection:
        role = f"{connection.info.dbname}_guest"
        connection.execute(f'CREATE ROLE "{role}"')
        try:
            connection.execute(f'GRANT USAGE ON SCHEMA shown TO "{role}"')
            connection.execute(f'GRANT INSERT, SELECT ON shown.open, shown.failing, hidden.away TO "{role}"')
            connection.execute(f'GRANT SELECT ON shown.readable TO "{role}"')
            connection.execute(f'SET ROLE "{role}"')
            catalogue = read_catalog(connection)
        finally:
            connection.execute("RESET ROLE")
            connection.execute(f'DROP OWNED BY "{role}"')
            connection.execute(f'DROP ROLE "{role}"')
    assert {key: (table.insertable, table.existing.count) for key, table in catalogue.tables.items()} == {
        "hidden.away": (False, 0),
        "shown.closed": (False, 0),
        "shown.failing": (True, 0),
        "shown.open": (True, 1),
        "shown.readable": (False, 1),
    }
    assert not catalogue.bypasses_security
