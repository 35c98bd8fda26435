"""Rows where nobody looks for them: other schemas, other owners, older versions, policies, extensions, large objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from seeds.databases.registry import open_database
from seeds.environment import check_write
from seeds.errors import WriteRefused
from seeds.filling.vacancy import show_vacancy
from seeds.ports import Fillable
from tests.seeds.command_line import CommandLine
from tests.seeds.mariadb_server import run_script
from tests.seeds.test_vacancy import SECRET, filled, refusal, run, shown

USERS = "(id INT PRIMARY KEY, email VARCHAR(60))"
ROW = f"VALUES (1, '{SECRET}@example.org')"


@contextmanager
def seen_by_a_guest(database_url: str, owner: Fillable, *grants: str) -> Iterator[Fillable]:
    """The database as a role sees it that owns nothing."""
    role = f"guest_{uuid4().hex}"
    run(owner, f"CREATE ROLE {role}", *(f"{grant} TO {role}" for grant in grants))
    url = make_url(database_url).update_query_dict({"options": f"-c role={role}"})
    guest = open_database(url.render_as_string(hide_password=False), home=Path())
    try:
        yield cast("Fillable", guest)
    finally:
        guest.close()
        run(owner, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


# -------------------------------------------------------------------------------------------------------- PostgreSQL


def test_other_schemas_are_looked_at_whatever_is_filled(
    postgres: Fillable, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One schema may be filled only where the whole database is nobody's."""
    run(postgres, "CREATE SCHEMA app", "CREATE TABLE app.codes (id INT PRIMARY KEY)")
    run(postgres, "CREATE SCHEMA hr", f"CREATE TABLE hr.users {USERS}", f"INSERT INTO hr.users {ROW}")
    command = CommandLine(monkeypatch, capsys)
    refused = command(
        "seed", "auto", "--to", database_url, "--schema", "app", "--environment", "test", "--rows", 2, "--json"
    )
    assert (refused.code, refused.error["code"]) == (3, "STAMP_PERSONAL_DATA")
    assert refused.error["message"].startswith("hr.users.email ")
    assert SECRET not in refused.err
    assert postgres.environment_setting() is None


def test_partitions_and_heirs_are_looked_at_once(postgres: Fillable) -> None:
    """Each row counts where it lies: a parent's count has no rows of heirs, a partitioned table's those of partitions."""
    run(
        postgres,
        "CREATE TABLE log (n INT) PARTITION BY RANGE (n)",
        "CREATE TABLE log_low PARTITION OF log FOR VALUES FROM (0) TO (3000)",
        "CREATE TABLE log_high PARTITION OF log FOR VALUES FROM (3000) TO (9000)",
        "CREATE TABLE base (n INT)",
        "CREATE TABLE heir (m INT) INHERITS (base)",
        filled("log", 6000),
        filled("base", 2500),
        "INSERT INTO heir SELECT n, n FROM generate_series(1, 1500) AS n",
    )
    assert "10,000 rows" in shown(postgres)
    run(postgres, "INSERT INTO heir VALUES (0, 0)")
    assert refusal(postgres)[0] == "STAMP_TOO_MANY_ROWS"


def test_a_partition_speaks_in_its_tables_name(postgres: Fillable) -> None:
    """A value in a partition is one of the partitioned table's."""
    run(
        postgres,
        "CREATE TABLE users (id INT, email TEXT) PARTITION BY LIST (id)",
        "CREATE TABLE odd_part PARTITION OF users FOR VALUES IN (1)",
        f"INSERT INTO users {ROW}",
    )
    assert refusal(postgres)[1].startswith("users.email ")


def test_an_heir_has_columns_of_its_own(postgres: Fillable) -> None:
    """A table that inherits is judged by what it adds, too."""
    run(postgres, "CREATE TABLE base (id INT)", "CREATE TABLE heir (email TEXT) INHERITS (base)")
    run(postgres, f"INSERT INTO heir {ROW}")
    assert refusal(postgres)[1].startswith("heir.email ")


def test_a_materialised_view_keeps_what_its_tables_lost(postgres: Fillable) -> None:
    """Rows that were deleted below it are still in it; one that was never filled holds none."""
    run(postgres, f"CREATE TABLE users {USERS}", f"INSERT INTO users {ROW}")
    run(postgres, "CREATE MATERIALIZED VIEW kept AS SELECT id, email FROM users")
    run(postgres, "CREATE MATERIALIZED VIEW never AS SELECT email FROM users WITH NO DATA", "DELETE FROM users")
    assert refusal(postgres)[1].startswith("kept.email ")
    run(postgres, "DELETE FROM users", "REFRESH MATERIALIZED VIEW kept")
    assert "0 rows" in shown(postgres)


def test_rows_of_extensions_count(postgres: Fillable) -> None:
    """A table that came with an extension may hold anybody's rows; its author's own rows are told by a condition."""
    run(postgres, f"CREATE TABLE users {USERS}", f"INSERT INTO users {ROW}", "ALTER EXTENSION plpgsql ADD TABLE users")
    assert "users" not in postgres.catalog().tables
    assert refusal(postgres)[1].startswith("users.email ")
    run(
        postgres,
        "UPDATE pg_extension SET extconfig = ARRAY['users'::regclass], extcondition = ARRAY['WHERE id > 1'] "
        "WHERE extname = 'plpgsql'",
    )
    assert "0 rows" in shown(postgres)
    run(postgres, f"INSERT INTO users VALUES (2, '{SECRET}@example.org')")
    assert refusal(postgres)[1].startswith("users.email ")


def test_an_extensions_rows_are_looked_for_in_an_otherwise_empty_database(postgres: Fillable) -> None:
    """What does not count as a table of the database's own is no reason to call it empty."""
    run(postgres, f"CREATE TABLE users {USERS}", f"INSERT INTO users {ROW}", "ALTER EXTENSION plpgsql ADD TABLE users")
    assert postgres.is_empty()
    with pytest.raises(WriteRefused, match=r"users\.email"):
        check_write(postgres, stamp="test", vacancy=lambda: shown(postgres))


def test_foreign_tables_cannot_be_judged(postgres: Fillable) -> None:
    """Their rows live elsewhere, whether any are there or not; nothing asks for them, so no server need answer."""
    before = postgres.catalog()
    run(
        postgres,
        "CREATE FOREIGN DATA WRAPPER wire",
        "CREATE SERVER there FOREIGN DATA WRAPPER wire",
        "CREATE FOREIGN TABLE users (id INT, email TEXT) SERVER there",
    )
    with pytest.raises(WriteRefused) as refused:
        show_vacancy(postgres, before)
    assert (refused.value.code, refused.value.message) == (
        "STAMP_HIDDEN_ROWS", "users: its rows live on another server",
    )  # fmt: skip


def test_large_objects_cannot_be_judged(postgres: Fillable) -> None:
    """A large object may be anybody's letter."""
    run(postgres, "CREATE TABLE codes (n INT)", f"SELECT lo_from_bytea(0, '{SECRET}'::bytea)")
    assert refusal(postgres)[0] == "STAMP_HIDDEN_ROWS"


def test_temporary_rows_of_others_cannot_be_seen(postgres: Fillable) -> None:
    """Another session's temporary table is not to be read; an empty one holds nothing."""
    with postgres.engine().connect() as other:
        other.exec_driver_sql(f"CREATE TEMPORARY TABLE users {USERS} ON COMMIT PRESERVE ROWS")
        other.commit()
        assert "0 rows" in shown(postgres)
        other.exec_driver_sql(f"INSERT INTO users {ROW}")
        other.commit()
        code, message = refusal(postgres)
        assert (code, "temporary" in message) == ("STAMP_HIDDEN_ROWS", True)


def test_a_table_that_may_not_be_read_is_refused(postgres: Fillable, database_url: str) -> None:
    """What a login may not read it cannot judge; an empty table holds nothing for anybody."""
    run(postgres, "CREATE TABLE codes (n INT)", f"CREATE TABLE users {USERS}")
    with seen_by_a_guest(database_url, postgres) as guest:
        assert "0 rows" in shown(guest)
        run(postgres, "INSERT INTO codes VALUES (1)")
        assert refusal(guest) == ("STAMP_HIDDEN_ROWS", "codes: this login may not read it")


def test_a_column_that_may_not_be_read_is_refused(postgres: Fillable, database_url: str) -> None:
    """A right to some columns is no right to judge the row."""
    run(postgres, f"CREATE TABLE users {USERS}", f"INSERT INTO users {ROW}")
    with seen_by_a_guest(database_url, postgres, "GRANT SELECT (id) ON users") as guest:
        assert refusal(guest)[0] == "STAMP_HIDDEN_ROWS"


def test_policies_may_hide_rows(postgres: Fillable, database_url: str) -> None:
    """Where policies hold for the login, rows may be hidden; the owner is above them unless they are forced."""
    run(
        postgres,
        f"CREATE TABLE codes {USERS}",
        "ALTER TABLE codes ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON codes USING (false)",
        "INSERT INTO codes VALUES (1, NULL)",
    )
    assert "1 row " in shown(postgres)
    with seen_by_a_guest(database_url, postgres, "GRANT SELECT ON codes") as guest:
        code, message = refusal(guest)
        assert (code, "row level security" in message) == ("STAMP_HIDDEN_ROWS", True)


def test_a_marker_in_a_schema_that_is_not_searched_counts(postgres: Fillable) -> None:
    """Somebody may have said production where this login does not look."""
    run(
        postgres,
        "CREATE SCHEMA ops",
        "CREATE TABLE ops.understudy_environment (environment TEXT)",
        "INSERT INTO ops.understudy_environment VALUES ('live')",
    )
    assert refusal(postgres)[0] == "STAMP_HIDDEN_ROWS"


def test_tables_put_among_the_servers_own_count(postgres: Fillable) -> None:
    """A table is somebody's own wherever it was put."""
    run(postgres, f"CREATE TABLE information_schema.users {USERS}", f"INSERT INTO information_schema.users {ROW}")
    assert refusal(postgres)[1].startswith("information_schema.users.email ")


def test_empty_documents_are_no_values(postgres: Fillable) -> None:
    """A list without an address holds none."""
    run(postgres, "CREATE TABLE users (id INT, emails TEXT[])", "INSERT INTO users VALUES (1, '{}'), (2, NULL)")
    assert "2 rows" in shown(postgres)
    run(postgres, f"INSERT INTO users VALUES (3, ARRAY['{SECRET}@example.org'])")
    assert refusal(postgres)[0] == "STAMP_PERSONAL_DATA"


# ----------------------------------------------------------------------------------------------------------- MariaDB


def test_older_versions_of_rows_count(mariadb: Fillable, mariadb_url: str) -> None:
    """A system-versioned table keeps what was deleted from it."""
    run_script(mariadb_url, f"CREATE TABLE users {USERS} WITH SYSTEM VERSIONING", f"INSERT INTO users {ROW}")
    run_script(mariadb_url, "DELETE FROM users")
    assert refusal(mariadb)[0] == "STAMP_PERSONAL_DATA"


@pytest.mark.parametrize(
    ("grants", "passes"),
    [
        (["GRANT SELECT ON `{}`.*"], True),
        (["GRANT ALL PRIVILEGES ON `{}`.*"], True),
        (["GRANT SELECT ON `understudy\\_%`.*"], True),
        (["GRANT SELECT ON `{}`.codes"], False),
        (["GRANT SELECT ON `{}`.codes", "GRANT INSERT ON `{}`.*"], False),
        (["GRANT SELECT ON `{}`.codes", "GRANT SELECT ON `other\\_%`.*"], False),
    ],
)
def test_a_login_that_does_not_see_every_table_is_refused(
    mariadb: Fillable, mariadb_url: str, grants: list[str], passes: bool
) -> None:
    """The server lists no table to whoever has no right to it, so the right must be to all of them."""
    run(mariadb, "CREATE TABLE codes (n INT)", "INSERT INTO codes VALUES (1)")
    database = make_url(mariadb_url).database or ""
    user = f"guest_{uuid4().hex[:20]}"
    run_script(mariadb_url, f"CREATE USER {user} IDENTIFIED BY 'x'")
    try:
        run_script(mariadb_url, *(f"{grant.format(database)} TO {user}" for grant in grants))
        url = make_url(mariadb_url).set(username=user, password="x").render_as_string(hide_password=False)
        guest = cast("Fillable", open_database(url, home=Path()))
        if passes:
            assert "1 row " in shown(guest)
        else:
            assert refusal(guest)[0] == "STAMP_HIDDEN_ROWS"
        guest.close()
    finally:
        run_script(mariadb_url, f"DROP USER {user}")
