"""Real applications' databases, filled as their users would: the application makes its tables, Understudy fills them.

Nothing is configured. What the tables look like is taken from the applications' own packages at the time of the test,
so no schema is kept here. A machine that cannot reach the packages skips, and says why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import make_url

from tests.e2e.real_schemas.audit import audit
from tests.e2e.real_schemas.from_debian import BACULA, MEDIAWIKI, ROUNDCUBE, TT_RSS, ZABBIX
from tests.e2e.real_schemas.from_python import AIRFLOW, MLFLOW
from tests.e2e.real_schemas.keeping import Unreachable
from tests.e2e.real_schemas.servers import NoFullServer, full_server
from tests.servers import fresh_database

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ROWS = 20


class Application(Protocol):
    """Something that makes its own tables."""

    def create(self, url: str) -> None: ...


APPLICATIONS: dict[str, Application] = {
    "airflow": AIRFLOW,
    "bacula": BACULA,
    "mediawiki": MEDIAWIKI,
    "mlflow": MLFLOW,
    "roundcube": ROUNDCUBE,
    "tt-rss": TT_RSS,
    "zabbix": ZABBIX,
}

# Tables that take fewer rows than asked for: the finding that says so, and why it is right.
_HISTORY = {
    "public.alembic_version": ("TABLE_HISTORY", "a second revision, and the application takes the schema for a fork")
}
FEWER: dict[str, dict[str, tuple[str, str]]] = {"airflow": _HISTORY, "mlflow": _HISTORY}

# Their installers write an account for the first login: a person's, for all that a machine can tell. Whoever owns the
# database says that it is nobody's.
STAMPED_BY_HAND = {"tt-rss"}


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A full server's address; skips where there is none."""
    try:
        with full_server() as url:
            yield url
    except NoFullServer as error:
        pytest.skip(str(error))


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """An empty database on the full server, as libpq spells its address."""
    with fresh_database(server.replace("postgresql://", "postgresql+psycopg://")) as url:
        yield make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def understudy(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own and away from the checkout."""
    script = Path(sys.executable).parent / "understudy"
    command = [str(script)] if script.exists() else [sys.executable, "-c", "from seeds.cli import main; main()"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def make_tables(name: str, database: str) -> None:
    """Lets the application create its tables; skips where its package cannot be had."""
    try:
        APPLICATIONS[name].create(database)
    except Unreachable as error:
        pytest.skip(f"{name} cannot be fetched here: {error}")


def fill(name: str, database: str, folder: Path) -> dict[str, set[str]]:
    """Fills the application's tables with nothing configured, and gives the finding codes by table."""
    marked = ["--environment", "test"]
    if name in STAMPED_BY_HAND:
        typed = make_url(database).database or ""
        stamped = understudy("stamp", "--to", database, "--environment", "test", "--name", typed, folder=folder)
        assert stamped.returncode == 0, stamped.stderr
        marked = []
    done = understudy("seed", "auto", "--to", database, "--rows", str(ROWS), *marked, "--json", folder=folder)
    assert done.returncode in {0, 3}, done.stderr
    tables = json.loads(done.stdout)["tables"]
    return {table: {finding["code"] for finding in facts["findings"]} for table, facts in tables.items()}


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_table_of_a_real_application_is_filled(name: str, database: str, tmp_path: Path) -> None:
    """Every table takes the rows asked for or is listed above, every row has its parents, and no guard was touched."""
    make_tables(name, database)
    before = audit(database)
    codes = fill(name, database, tmp_path)
    after = audit(database)

    short = {table for table, rows in before.rows.items() if after.rows[table] - rows < ROWS}
    listed = FEWER.get(name, {})
    assert short == set(listed), {
        table: (after.rows[table], codes.get(table.removeprefix("public."))) for table in short
    }
    for table, (code, _) in listed.items():
        assert code in codes[table.removeprefix("public.")], table
    assert (after.orphans, after.repeats, after.breaches) == ({}, {}, {})
    assert after.guards == before.guards


def test_the_audit_finds_what_a_bad_load_leaves(database: str) -> None:
    """An orphan, a repeated key, a broken CHECK and a disabled trigger are each found: silence above means something."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE, size int CHECK (size > 0))")
        connection.execute("CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent)")
        sound = audit(database)
        connection.execute("SET session_replication_role = replica")
        connection.execute("INSERT INTO child VALUES (1, 7)")
        connection.execute("ALTER TABLE parent DROP CONSTRAINT parent_code_key, DROP CONSTRAINT parent_size_check")
        connection.execute("INSERT INTO parent VALUES (1, 'a', -1), (2, 'a', 1)")
        dropped = audit(database)
        connection.execute("ALTER TABLE parent ADD CHECK (size > 0) NOT VALID")
        connection.execute("ALTER TABLE child DISABLE TRIGGER ALL")
        with pytest.raises(psycopg.errors.UniqueViolation):
            # What is left of it is an index that the server itself does not trust.
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY parent_code ON parent (code)")
        disabled = audit(database)
    assert sound.rows == {"public.parent": 0, "public.child": 0}
    assert dropped.rows == {"public.parent": 2, "public.child": 1}
    assert dropped.orphans == {"public.child.child_parent_id_fkey": 1}
    assert set(sound.guards) - set(dropped.guards) == {
        "constraint parent.parent_code_key",
        "constraint parent.parent_size_check",
        "index parent_code_key",
    }
    assert disabled.repeats == {"public.parent.parent_code": 1}
    assert disabled.breaches == {"public.parent.parent_size_check": 1}
    changed = {name.split()[0] for name, state in disabled.guards.items() if dropped.guards.get(name, state) != state}
    assert changed == {"trigger"}


def test_mlflow_lists_experiments_and_runs_that_were_made_for_it(database: str, tmp_path: Path) -> None:
    """MLflow's own client lists the experiments made for its database, and runs of each with metrics and parameters."""
    make_tables("mlflow", database)
    fresh = MLFLOW.listed(database)
    fill("mlflow", database, tmp_path)
    found = MLFLOW.listed(database)
    assert len(fresh["experiments"]) == 1
    assert len(found["experiments"]) > len(fresh["experiments"])
    assert len(found["runs"]) >= ROWS // 2
    assert set(found["runs_of"]) <= set(found["experiments"])
    assert found["metrics"]
    assert found["parameters"]


def test_airflow_lists_dag_runs_that_were_made_for_it(database: str, tmp_path: Path) -> None:
    """Airflow's own models load every DAG, run, task instance and pool, each column through Airflow's type for it."""
    make_tables("airflow", database)
    fill("airflow", database, tmp_path)
    found = AIRFLOW.listed(database)
    assert {kind: len(ids) for kind, ids in found.items() if len(ids) < ROWS} == {}
