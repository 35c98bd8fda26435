"""Tables from definitions: what the databases end up with, and when existing ones are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import inspect, text

from generators.spec import CheckSpec, ForeignKeySpec, TableSpec, UniqueSpec
from seeds.errors import SchemaMismatch
from seeds.ports import Database
from seeds.schema import create_tables, ddl
from tests.seeds.sample_tables import EVERYTHING, PLACE, column

VISIT = TableSpec(
    "visit",
    (
        column("place_id", "bigint", description="Where to."),
        column("number", "integer"),
        column("note", "text", nullable=True),
    ),
    primary_key=("place_id", "number"),
    foreign_keys=(ForeignKeySpec("place_id", "place", "id"),),
)


def test_constraints_and_indexes_arrive_with_their_names(database: Database) -> None:
    """Keys, uniqueness, references, checks and indexes exist under names that follow from the definition."""
    create_tables(database, [VISIT, PLACE])
    inspector = inspect(database.engine())
    assert inspector.get_pk_constraint("visit")["constrained_columns"] == ["place_id", "number"]
    assert inspector.get_pk_constraint("visit")["name"] == "pk_visit"
    assert [unique["name"] for unique in inspector.get_unique_constraints("place")] == ["uq_place_code"]
    assert [check["name"] for check in inspector.get_check_constraints("place")] == ["place_size_is_positive"]
    keys = {key["name"]: key["referred_table"] for key in inspector.get_foreign_keys("visit")}
    assert keys == {"fk_visit_place_id": "place"}
    assert "ix_place_parent" in {index["name"] for index in inspector.get_indexes("place")}
    assert {item["name"]: item["nullable"] for item in inspector.get_columns("visit")} == {
        "place_id": False, "number": False, "note": True,
    }  # fmt: skip


def test_descriptions_become_comments_where_the_database_has_them(postgres: Database) -> None:
    """A description of a table or column can be read in the database."""
    create_tables(postgres, [PLACE, VISIT])
    inspector = inspect(postgres.engine())
    assert inspector.get_table_comment("place")["text"] == "Where somebody lives."
    assert inspector.get_columns("visit")[0]["comment"] == "Where to."


def test_creating_again_changes_nothing(database: Database) -> None:
    """Absent tables are created and named, present ones of the same shape are left, whatever their types."""
    assert create_tables(database, [EVERYTHING]) == ("everything",)
    assert create_tables(database, [EVERYTHING, PLACE]) == ("place",)
    assert create_tables(database, [EVERYTHING, PLACE]) == ()


@pytest.mark.parametrize(
    ("existing", "difference"),
    [
        ("id BIGINT NOT NULL PRIMARY KEY, size INTEGER NOT NULL", "place.code is missing"),
        ("id BIGINT NOT NULL PRIMARY KEY, code VARCHAR(9) NOT NULL, size INTEGER NOT NULL", "place.code is VARCHAR(9), not VARCHAR(8)"),
        ("id BIGINT NOT NULL PRIMARY KEY, code VARCHAR(8), size INTEGER NOT NULL", "place.code is nullable"),
        ("id BIGINT NOT NULL, code VARCHAR(8) NOT NULL, size INTEGER NOT NULL", "place has the primary key ()"),
        (
            "id BIGINT NOT NULL PRIMARY KEY, code VARCHAR(8) NOT NULL, size INTEGER NOT NULL, extra TEXT",
            "place.extra is not in the definition",
        ),
    ],
    ids=["missing", "type", "nullable", "key", "extra"],
)  # fmt: skip
def test_a_table_of_another_shape_is_refused(database: Database, existing: str, difference: str) -> None:
    """Each difference is listed, and no other table is created beside it."""
    with database.engine().begin() as connection:
        connection.execute(text(f"CREATE TABLE place ({existing}, parent BIGINT)"))
    with pytest.raises(SchemaMismatch) as refused:
        create_tables(database, [EVERYTHING, PLACE])
    assert difference in refused.value.message
    assert database.columns_of("everything") == ()


def test_a_failure_leaves_no_table_behind(database: Database) -> None:
    """All tables are created in one transaction."""
    broken = replace(
        PLACE, name="broken", checks=(CheckSpec("nonsense", "no_such_function(size) > )"),), foreign_keys=()
    )
    with pytest.raises(Exception, match=r"nonsense|syntax"):
        create_tables(database, [PLACE, broken])
    assert database.columns_of("place") == ()


def test_names_stay_within_every_databases_limit(database: Database) -> None:
    """Long names are cut to 63 characters with a digest, differ from each other, and are the same every time."""
    long = "a_column_with_a_rather_long_name_to_begin_with"
    columns = (column("id", "bigint"), column(f"{long}_one", "text"), column(f"{long}_two", "text"))
    table = TableSpec(
        "a_table_with_a_long_name", columns, primary_key=("id",),
        unique=tuple(UniqueSpec((item.name,)) for item in columns[1:]), indexes=tuple((item.name,) for item in columns[1:]),
    )  # fmt: skip
    create_tables(database, [table])
    inspector = inspect(database.engine())
    names = {unique["name"] for unique in inspector.get_unique_constraints(table.name)}
    assert len(names) == 2
    assert all(len(str(name)) <= 63 for name in names)
    assert ddl([table], "postgresql") == ddl([table], "postgresql")
    assert all(str(name) in ddl([table], "postgresql") for name in names)


def test_a_check_is_taken_as_written(database: Database) -> None:
    """Neither a colon nor a percent sign is taken for a parameter."""
    table = replace(
        PLACE, checks=(CheckSpec("code_is_no_time", "code <> '12:30' AND code <> ':x' AND code NOT LIKE 'a%%b%(c)s'"),)
    )
    create_tables(database, [table])
    found = inspect(database.engine()).get_check_constraints("place")
    assert "12:30" in found[0]["sqltext"]
    assert "':x'" in found[0]["sqltext"]
    assert "'a%%b%(c)s'" in found[0]["sqltext"]


def test_a_check_may_use_postgresqls_casts(postgres: Database) -> None:
    """Two colons are a cast there."""
    create_tables(postgres, [replace(PLACE, checks=(CheckSpec("size_is_short", "length(size::text) < 4"),))])
    found = inspect(postgres.engine()).get_check_constraints("place")
    assert "size::text" in found[0]["sqltext"]


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("postgresql", ("facts JSON", "token UUID", "tags TEXT[]", "instant TIMESTAMP WITH TIME ZONE", "exact NUMERIC(30, 4)")),
        ("sqlite", ("facts TEXT", "token CHAR(36)", "tags TEXT", "id INTEGER NOT NULL", "exact TEXT", "money NUMERIC(10, 2)")),
    ],
)  # fmt: skip
def test_the_statements_can_be_read_without_a_database(dialect: str, words: tuple[str, ...]) -> None:
    """Each dialect has its own spelling of the types; parents come before children."""
    statements = ddl([VISIT, PLACE, EVERYTHING], dialect)
    assert all(word in statements for word in words)
    assert statements.index("CREATE TABLE place") < statements.index("CREATE TABLE visit")


def test_the_statements_shown_are_the_ones_that_work(database: Database) -> None:
    """Running the text by hand gives tables that are taken as they are."""
    dialect = database.engine().dialect.name
    with database.engine().begin() as connection:
        for statement in ddl([PLACE, VISIT, EVERYTHING], dialect).split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    assert create_tables(database, [PLACE, VISIT, EVERYTHING]) == ()
