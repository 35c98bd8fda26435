"""The manifest says what a target holds, and a chunk's record lives and dies with its rows."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from generators import Digest
from seeds.errors import SchemaMismatch, TargetError
from seeds.manifest import Chunk, Manifest, ManifestStore, chunk_claim, chunk_record, chunk_removal
from seeds.ports import BulkSession, Database
from seeds.schema import create_tables
from tests.seeds.sample_tables import NOW, PLACE, places

MANIFEST = Manifest(
    dataset="borough",
    version=3,
    seed=2**70 + 1,
    units=10_000,
    as_of=date(2025, 4, 1),
    epoch=date(2025, 3, 1),
    id_offset=2**40,
    shifts={"place.code": 17},
    lock={"generators": {"key": 1}, "name": "Zoë"},
    lock_digest="ab" * 32,
    digests={},
    rows={},
    status="loading",
    started_at=NOW,
    finished_at=None,
    environment="test",
)
BIG = Digest(3, 2**64 - 1, 2**63)


@pytest.fixture
def store(database: Database) -> ManifestStore:
    """The manifest of an empty target."""
    return ManifestStore(database)


def _load(session: BulkSession, start: int, stop: int, sums: dict[str, Digest], level: int = 0) -> None:
    assert session.fetch(*chunk_claim("borough", level, start, stop))
    session.execute(*chunk_record("borough", level, start, sums, 0.25))


def test_a_target_without_a_manifest_is_read_as_empty(store: ManifestStore, database: Database) -> None:
    """Reading finds nothing and creates nothing."""
    assert store.read("borough") is None
    assert store.chunks("borough") == []
    assert store.sums("borough") == {}
    assert database.columns_of("understudy_manifest") == ()


def test_a_manifest_is_read_as_it_was_begun(store: ManifestStore) -> None:
    """Every fact survives the database, a seed beyond 64 bits too; the program's version is added."""
    begun = store.begin(MANIFEST)
    assert begun.understudy
    assert store.read("borough") == begun == replace(MANIFEST, understudy=begun.understudy)
    assert store.read("other") is None


def test_instants_are_kept_in_utc(store: ManifestStore) -> None:
    """A clock in another time zone, or a database without zones, moves nothing."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    store.begin(replace(MANIFEST, started_at=elsewhere))
    found = store.read("borough")
    assert found is not None
    assert (found.started_at, found.started_at.tzinfo) == (NOW, UTC)


def test_a_load_ends_and_grows(store: ManifestStore) -> None:
    """Complete until more is asked for, and unfinished from then on."""
    done = store.complete(store.begin(MANIFEST), {"place": "cd"}, {"place": 3}, finished_at=NOW)
    assert store.read("borough") == done
    assert (done.status, done.rows, done.digests, done.finished_at) == ("complete", {"place": 3}, {"place": "cd"}, NOW)
    grown = store.grow(done, 20_000)
    assert store.read("borough") == grown
    assert (grown.status, grown.units, grown.finished_at, grown.rows) == ("loading", 20_000, None, {"place": 3})


def test_a_dataset_is_begun_once(store: ManifestStore) -> None:
    """A second beginning is an error, not a second row."""
    store.begin(MANIFEST)
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.begin(MANIFEST)


def test_a_chunk_is_recorded_with_its_rows_or_not_at_all(store: ManifestStore, database: Database) -> None:
    """Claim, rows and sums appear together at the commit, and a rollback leaves none of them."""
    create_tables(database, [PLACE])
    store.begin(MANIFEST)
    session = database.session()
    _load(session, 0, 100, {"place": BIG})
    session.append(PLACE, places(1, 2, 3))
    assert store.chunks("borough") == []
    session.rollback()
    assert store.chunks("borough") == []
    _load(session, 0, 100, {"place": BIG})
    session.append(PLACE, places(1, 2, 3))
    session.commit()
    session.close()
    assert store.chunks("borough") == [Chunk(0, 0, 100)]
    assert store.sums("borough") == {"place": BIG}


def test_sums_add_up_over_chunks(store: ManifestStore, database: Database) -> None:
    """Digests of all levels and chunks are joined, modulo 2**64, and chunks come in order."""
    store.begin(MANIFEST)
    session = database.session()
    _load(session, 100, 200, {"place": BIG, "visit": Digest(1, 5, 6)})
    _load(session, 0, 100, {"place": BIG})
    _load(session, 0, 200, {"ward": Digest(9, 9, 9)}, level=1)
    session.commit()
    session.close()
    assert store.chunks("borough") == [Chunk(0, 0, 100), Chunk(0, 100, 200), Chunk(1, 0, 200)]
    assert store.sums("borough") == {"place": BIG + BIG, "visit": Digest(1, 5, 6), "ward": Digest(9, 9, 9)}


def test_a_chunk_can_be_claimed_once(store: ManifestStore, database: Database) -> None:
    """A claim of a chunk that is there returns nothing and changes nothing."""
    store.begin(MANIFEST)
    session = database.session()
    _load(session, 0, 100, {"place": BIG})
    session.commit()
    assert session.fetch(*chunk_claim("borough", 0, 0, 100)) == []
    session.commit()
    session.close()
    assert store.sums("borough") == {"place": BIG}


def test_a_claim_waits_for_the_one_before(postgres: Database) -> None:
    """While another connection holds the claim, this one waits, and then finds nothing left to do."""
    store = ManifestStore(postgres)
    store.begin(MANIFEST)
    first, second = postgres.session(), postgres.session()
    first.fetch(*chunk_claim("borough", 0, 0, 100))
    found: list[Any] = []
    waiting = threading.Thread(target=lambda: found.append(second.fetch(*chunk_claim("borough", 0, 0, 100))))
    waiting.start()
    waiting.join(0.3)
    assert found == []
    first.commit()
    waiting.join(30)
    assert found == [[]]
    first.close()
    second.close()


def test_a_claim_needs_a_manifest(store: ManifestStore, database: Database) -> None:
    """After a reset, a loader that was left over cannot record anything."""
    store.begin(MANIFEST)
    store.remove("borough")
    session = database.session()
    with pytest.raises(TargetError):
        session.fetch(*chunk_claim("borough", 0, 0, 100))
        session.commit()
    session.close()


def test_removing_forgets_one_dataset(store: ManifestStore, database: Database) -> None:
    """Manifest and chunks of the dataset go, others stay; single chunks can go before."""
    store.begin(MANIFEST)
    store.begin(replace(MANIFEST, dataset="other"))
    session = database.session()
    _load(session, 0, 100, {"place": BIG})
    _load(session, 100, 200, {"place": BIG})
    session.execute(*chunk_removal("borough", 0, 0))
    session.commit()
    session.close()
    assert store.chunks("borough") == [Chunk(0, 100, 200)]
    store.remove("borough")
    assert store.read("borough") is None
    assert store.chunks("borough") == []
    assert store.read("other") is not None


def test_somebody_elses_manifest_table_is_refused(store: ManifestStore, database: Database) -> None:
    """A table of the same name and another shape is not written to."""
    with database.engine().begin() as connection:
        connection.execute(text("CREATE TABLE understudy_manifest (id INTEGER)"))
    with pytest.raises(SchemaMismatch):
        store.begin(MANIFEST)


def test_a_bare_instant_is_taken_as_utc(store: ManifestStore) -> None:
    """A clock that gives no zone is understood as UTC rather than as the machine's."""
    store.begin(replace(MANIFEST, started_at=datetime(2025, 1, 1)))  # noqa: DTZ001 (that is the point)
    found = store.read("borough")
    assert found is not None
    assert found.started_at == datetime(2025, 1, 1, tzinfo=UTC)
