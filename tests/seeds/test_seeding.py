"""Seeding: what is loaded is what is generated, whatever the way, and asking twice does nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from generators import compile_dataset
from generators.errors import DomainTooSmallError
from generators.spec import RuleSpec
from seeds.databases.registry import open_database
from seeds.errors import TargetBusy, VerificationFailed, WriteRefused
from seeds.loader import CHUNK_ROWS, Progress
from seeds.ports import Database
from seeds.verification import verify
from seeds.workflow import seed
from tests.seeds.boroughs import (
    asked,
    bookkeeping,
    borough,
    clock,
    generated,
    orders,
    query,
    rows_by_key,
    seeded,
    tables_of,
)


def test_a_seeded_target_verifies(database: Database) -> None:
    """After seeding, every count, digest, reference and rule holds."""
    report = seeded(database)
    manifest, result = verify(database, borough())
    assert report.outcome == "loaded"
    assert report.rules_checked == len(borough().spec.rules) > 10
    assert result.holds
    assert manifest == report.manifest
    assert {item.name for item in result.tables} == {table.name for table in borough().stored}


def test_the_manifest_records_what_the_engine_generates(database: Database) -> None:
    """Digests and numbers of rows in the manifest are those of `digest`, which needs no database."""
    manifest = seeded(database).manifest
    assert (manifest.digests, manifest.rows) == generated()
    for name, rows in manifest.rows.items():
        assert query(database, f"SELECT COUNT(*) FROM {name}") == [(rows,)]


def test_asking_again_changes_nothing(database: Database) -> None:
    """The same arguments are a no-op that says so: no row, no manifest and no chunk is written."""
    seeded(database)
    before = rows_by_key(database), bookkeeping(database)
    report = seeded(database)
    assert (report.outcome, report.loaded_rows) == ("unchanged", 0)
    assert (rows_by_key(database), bookkeeping(database)) == before


@pytest.mark.parametrize("connections", [1, 2, 3])
def test_the_number_of_connections_does_not_matter(postgres: Database, connections: int) -> None:
    """However many load at once, the same rows are there."""
    manifest = seeded(postgres, 500, connections=connections).manifest
    assert (manifest.digests, manifest.rows) == generated(500)
    assert verify(postgres, borough())[1].holds


@pytest.mark.parametrize("chunk_rows", [1, CHUNK_ROWS])
def test_the_size_of_chunks_does_not_matter(sqlite: Database, chunk_rows: int) -> None:
    """One neighbourhood at a time or all at once, the same rows are there."""
    manifest = seeded(sqlite, chunk_rows=chunk_rows).manifest
    assert (manifest.digests, manifest.rows) == generated()
    assert query(sqlite, "SELECT COUNT(*) FROM understudy_chunk") == [(3 if chunk_rows == 1 else 1,)]


def test_trees_of_every_kind_are_loaded(database: Database) -> None:
    """Trees that refer to others, one of fixed size and composite keys are loaded in an order that the keys allow."""
    seeded(database, 700, dataset=orders(), chunk_rows=500)
    assert verify(database, orders())[1].holds
    assert len(query(database, "SELECT DISTINCT level FROM understudy_chunk")) == len(orders().levels) > 1


def test_two_datasets_live_in_one_database(database: Database) -> None:
    """Each has its own manifest, and neither takes the other's rows for its own."""
    seeded(database, 100)
    seeded(database, 100, dataset=orders())
    assert verify(database, borough())[1].holds
    assert verify(database, orders())[1].holds


def test_an_unmarked_server_is_refused(postgres: Database) -> None:
    """Without a marker nothing is created on a server, although it is empty."""
    with pytest.raises(WriteRefused) as refused:
        seed(postgres, asked(stamp=None), clock=clock)
    assert refused.value.code == "WRITE_UNMARKED"
    assert tables_of(postgres) == set()


def test_a_size_that_cannot_be_is_refused_first(database: Database) -> None:
    """More residents than there are NHS numbers are refused before the target is touched."""
    with pytest.raises(DomainTooSmallError, match=r"nhs_number offers 909,091 .* but .* must differ"):
        seeded(database, 2_000_000)
    assert tables_of(database) == set()


def test_a_second_seeder_is_turned_away(database_url: str, tmp_path: Path) -> None:
    """While one seeds, another is told to wait, and the first is not disturbed."""
    first, second = (open_database(database_url, home=tmp_path) for _ in range(2))
    refused: list[Exception] = []

    def meet(progress: Progress) -> None:
        if progress.done and not refused:
            with pytest.raises(TargetBusy) as busy:
                seed(second, asked(500), clock=clock)
            refused.append(busy.value)

    report = seed(first, asked(500), clock=clock, progress=meet)
    assert len(refused) == 1
    assert refused[0].transient  # type: ignore[attr-defined]
    assert (report.manifest.digests, report.manifest.rows) == generated(500)
    assert verify(first, borough())[1].holds
    assert seed(second, asked(500), clock=clock).outcome == "unchanged"
    first.close()
    second.close()


def test_two_seeders_at_once_load_once(database: Database, database_url: str, tmp_path: Path) -> None:
    """Of two that start together one loads, and the other is refused or finds the work done."""
    address = database_url if database.engine().name == "postgresql" else f"sqlite:///{tmp_path}/target.db"
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def work() -> None:
        own = open_database(address, home=tmp_path)
        gate.wait()
        try:
            outcomes.append(seeded(own).outcome)
        except TargetBusy:
            outcomes.append("busy")
        finally:
            own.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (["busy", "loaded"], ["loaded", "unchanged"])
    assert verify(database, borough())[1].holds


def test_rows_that_break_a_rule_are_not_called_complete(database: Database) -> None:
    """The load ends with the rule's name, stays unfinished, and is completed once the rule is right."""
    spec = orders().spec
    wrong = compile_dataset(
        replace(spec, rules=(RuleSpec("nobody", "SELECT id FROM customer WHERE 'a:b' LIKE '%:%'"),))
    )
    with pytest.raises(VerificationFailed, match="nobody: 50 rows") as broken:
        seeded(database, 50, dataset=wrong)
    assert broken.value.code == "RULE_BROKEN"
    assert query(database, "SELECT status FROM understudy_manifest") == [("loading",)]
    report = seeded(database, 50, dataset=orders())
    assert (report.outcome, report.loaded_rows, report.manifest.status) == ("resumed", 0, "complete")
