"""Reset: what is ours goes, and nothing else, however often it is cut short."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from generators import compile_dataset
from seeds.databases.registry import open_database
from seeds.dataset import parse_dataset
from seeds.dataset.text import read_text
from seeds.environment import may_write
from seeds.errors import ManifestConflict, SeedError, TargetBusy, TargetError, WriteRefused
from seeds.loader import Progress
from seeds.manifest import ManifestStore
from seeds.ports import Database
from seeds.removal import reset
from seeds.verification import verify
from seeds.workflow import seed
from tests.seeds.boroughs import (
    asked,
    bookkeeping,
    borough,
    clock,
    execute,
    generated,
    orders,
    query,
    rows_by_key,
    seeded,
    tables_of,
)
from tests.seeds.command_line import finish, start, wait_until


class Stopped(Exception):
    """Something that nobody foresaw, in the middle of a reset."""


def test_a_reset_takes_its_rows_and_leaves_the_rest(database: Database) -> None:
    """Every row goes, with the manifest; tables, the marker, another dataset and strangers' tables stay."""
    execute(database, "CREATE TABLE diary (id INTEGER, entry VARCHAR(20))", "INSERT INTO diary VALUES (1, 'mine')")
    execute(database, "CREATE TABLE understudy_environment (environment VARCHAR(20))")
    execute(database, "INSERT INTO understudy_environment VALUES ('test')")
    seeded(database, 200)
    seeded(database, 50, dataset=orders())
    removal = reset(database, borough(), clock=clock)
    assert removal.rows == generated(200)[1]
    assert removal.tables == ()
    assert {name: len(rows) for name, rows in rows_by_key(database).items()} == dict.fromkeys(removal.rows, 0)
    assert tables_of(database) >= {"person", "understudy_manifest", "understudy_environment"}
    assert query(database, "SELECT * FROM diary") == [(1, "mine")]
    assert verify(database, orders())[1].holds
    assert ManifestStore(database).read("borough") is None


def test_what_was_reset_can_be_seeded_again(database: Database) -> None:
    """Another seed, date or smaller size is fine then, and the same arguments give the same rows."""
    first = seeded(database, 200).manifest.digests
    reset(database, borough(), clock=clock)
    seeded(database, 100, seed=8)
    assert verify(database, borough())[1].holds
    reset(database, borough(), clock=clock)
    assert seeded(database, 200).manifest.digests == first


def test_the_tables_that_a_load_created_can_go_too(database: Database) -> None:
    """With leave to drop, empty tables of this load go; one that somebody has filled meanwhile stays."""
    seeded(database, 100)
    execute(
        database,
        "INSERT INTO address SELECT 1, 999900000001, NULL, NULL, NULL, '1', 'A', 'London', 'E8 1CC', 'X', 'RD04'",
    )
    removal = reset(database, borough(), clock=clock, drop_tables=True)
    assert set(removal.tables) == set(generated(100)[0]) - {"address"}
    assert query(database, "SELECT id FROM address") == [(1,)]


def test_a_reset_that_was_cut_short_is_finished(database: Database) -> None:
    """Stopped in the middle, the load counts as unfinished; the next reset takes the rest."""

    def stop(progress: Progress) -> None:
        raise Stopped

    seeded(database, 500)
    with pytest.raises(Stopped):
        reset(database, borough(), clock=clock, progress=stop)
    left = sum(map(len, rows_by_key(database).values()))
    assert 0 < left < sum(generated(500)[1].values())
    assert query(database, "SELECT status FROM understudy_manifest") == [("loading",)]
    assert sum(reset(database, borough(), clock=clock).rows.values()) == left
    assert sum(map(len, rows_by_key(database).values())) == 0


def test_a_reset_that_was_cut_short_can_be_taken_back(database: Database) -> None:
    """Seeding again after half a reset loads what is gone and nothing twice: it is not taken for complete."""

    def stop(progress: Progress) -> None:
        raise Stopped

    whole = seeded(database, 500).manifest
    with pytest.raises(Stopped):
        reset(database, borough(), clock=clock, progress=stop)
    left = sum(map(len, rows_by_key(database).values()))
    report = seeded(database, 500)
    assert (report.outcome, report.loaded_rows) == ("resumed", sum(whole.rows.values()) - left)
    assert report.manifest.digests == whole.digests
    assert verify(database, borough())[1].holds


def test_a_killed_reset_is_finished(database: Database) -> None:
    """`kill -9` in the middle: the next run takes the rest, and seeding works again."""
    seeded(database, 800, chunk_rows=1)
    address = database.engine().url.render_as_string(hide_password=False)
    process = start("reset", "borough", "--to", address)
    store = ManifestStore(database)
    wait_until(lambda: len(store.chunks("borough")) < 8, process)
    process.kill()
    process.communicate()
    assert 0 < len(store.chunks("borough")) < 8
    finished = finish(start("reset", "borough", "--to", address))
    assert finished.code == 0, finished.err
    assert sum(map(len, rows_by_key(database).values())) == 0
    assert bookkeeping(database) == [[], []]


def test_an_unfinished_load_can_be_reset(database: Database) -> None:
    """What a stopped seeder has committed is known, and goes."""

    def stop(progress: Progress) -> None:
        if progress.done:
            raise Stopped

    with pytest.raises(Stopped):
        seed(database, asked(500), clock=clock, progress=stop)
    assert sum(reset(database, borough(), clock=clock).rows.values()) > 0
    assert sum(map(len, rows_by_key(database).values())) == 0


def test_nothing_to_reset_is_said(database: Database) -> None:
    """A target without the dataset is refused with what to do, and nothing is created."""
    may_write(database, stamp="test", clock=clock)
    with pytest.raises(ManifestConflict) as refused:
        reset(database, borough(), clock=clock)
    assert refused.value.code == "MANIFEST_ABSENT"
    assert tables_of(database) == {"understudy_environment"}


def test_a_reset_passes_the_gate(database: Database) -> None:
    """Where the marker says production by now, nothing is deleted."""
    seeded(database, 100)
    execute(database, "UPDATE understudy_environment SET environment = 'production'")
    before = rows_by_key(database)
    with pytest.raises(WriteRefused) as refused:
        reset(database, borough(), clock=clock)
    assert refused.value.code == "WRITE_PRODUCTION"
    assert rows_by_key(database) == before


def test_a_reset_waits_for_a_seeder(database_url: str, tmp_path: Path) -> None:
    """While somebody writes the dataset, nobody resets it."""
    database, other = (open_database(database_url, home=tmp_path) for _ in range(2))
    seeded(database, 100)
    with other.lock("borough"), pytest.raises(TargetBusy):
        reset(database, borough(), clock=clock)
    assert sum(map(len, rows_by_key(database).values())) == sum(generated(100)[1].values())
    database.close()
    other.close()


def test_rows_of_others_that_point_at_ours_stop_a_reset(database: Database) -> None:
    """The database refuses to orphan them, and the chunk they need stays whole."""
    seeded(database, 100)
    person = query(database, "SELECT MIN(id) FROM person")[0][0]
    execute(database, "CREATE TABLE pet (id INTEGER, person_id BIGINT REFERENCES person (id))")
    execute(database, f"INSERT INTO pet VALUES (1, {person})")
    before = rows_by_key(database)
    with pytest.raises(TargetError) as refused:
        reset(database, borough(), clock=clock)
    assert refused.value.code == "CONSTRAINT_VIOLATED"
    assert rows_by_key(database) == before
    assert verify(database, borough())[1].holds


def test_rows_are_found_although_the_file_has_changed(database: Database) -> None:
    """The manifest keeps the definition that made the rows: a reset with today's file takes yesterday's rows."""
    text = read_text("borough").data.decode()
    other = text.replace(
        "rank_maximum: 100\n    primary_key: id\n    unique: [person_ref",
        "rank_maximum: 101\n    primary_key: id\n    unique: [person_ref",
    )
    other = other.replace(
        "\"randint(1, 5, 'contacts') if adult else 0\", maximum: 5", "\"randint(0, 3, 'contacts')\", maximum: 6"
    )
    assert other != text
    seeded(database, 200, dataset=parse_dataset(other.encode(), "borough.yaml"))
    loaded = sum(map(len, rows_by_key(database).values()))
    assert sum(reset(database, borough(), clock=clock).rows.values()) == loaded
    assert sum(map(len, rows_by_key(database).values())) == 0


def test_keys_that_cannot_be_found_again_stop_a_reset(database: Database) -> None:
    """Where other generators made the rows and not as many are found as were loaded, nothing is deleted."""
    seeded(database, 100)
    ((sums,),) = query(database, "SELECT table_sums FROM understudy_chunk")
    more = json.loads(sums)
    more["contact_detail"][0] += 1
    execute(
        database,
        "UPDATE understudy_manifest SET lock_digest = 'of another version'",
        f"UPDATE understudy_chunk SET table_sums = '{json.dumps(more)}'".replace(":", r"\:"),
    )
    before = rows_by_key(database), bookkeeping(database)
    with pytest.raises(ManifestConflict) as refused:
        reset(database, borough(), clock=clock)
    assert refused.value.code == "MANIFEST_LOCK_CHANGED"
    assert (rows_by_key(database), bookkeeping(database)) == before
    execute(database, f"UPDATE understudy_chunk SET table_sums = '{sums}'".replace(":", r"\:"))
    assert reset(database, borough(), clock=clock).rows == generated(100)[1]


def test_a_table_without_a_key_is_refused(sqlite: Database) -> None:
    """Rows that cannot be told from others' are not deleted."""
    spec = orders().spec
    tables = tuple(
        replace(table, primary_key=(), foreign_keys=()) if table.name == "parcel" else table for table in spec.tables
    )
    dataset = compile_dataset(replace(spec, tables=tables))
    seeded(sqlite, 20, dataset=dataset)
    with pytest.raises(SeedError) as refused:
        reset(sqlite, dataset, clock=clock)
    assert refused.value.code == "RESET_NEEDS_KEY"
    assert verify(sqlite, dataset)[1].holds


def test_a_table_that_is_gone_does_not_stop_a_reset(database: Database) -> None:
    """Somebody dropped a table: the rows of the others still go."""
    seeded(database, 100)
    execute(database, "DROP TABLE contact_detail")
    removal = reset(database, borough(), clock=clock)
    assert removal.rows == {**generated(100)[1], "contact_detail": 0}
    assert sum(map(len, rows_by_key(database).values())) == 0
