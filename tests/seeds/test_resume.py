"""Killed at any point: the next run finishes the job, and nobody could tell."""

from __future__ import annotations

import itertools
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import make_url

import seeds.loader.chunk
from generators import Run
from seeds.databases.embedded import EmbeddedServer
from seeds.databases.registry import open_database
from seeds.loader import Progress, load_chunk, missing_chunks
from seeds.manifest import Chunk, ManifestStore
from seeds.ports import Database
from seeds.verification import verify
from seeds.workflow import seed
from tests.seeds.boroughs import asked, borough, clock, generated, orders, query, seeded
from tests.seeds.command_line import finish, start, wait_until

UNITS = 800
CHUNK_ROWS = 1500


class Stopped(Exception):
    """Something that nobody foresaw, in the middle of a load."""


def address_of(database: Database) -> str:
    """The target's URL for another process."""
    return database.engine().url.render_as_string(hide_password=False)


def arguments(address: str, units: int = UNITS) -> list[object]:
    """The command that seeds a borough in small chunks."""
    size = ["-n", units, "--seed", 7, "--chunk-rows", CHUNK_ROWS]
    return ["seed", "borough", "--to", address, "--environment", "test", "--json", *size]


def chunks_in(database: Database) -> int:
    """How many chunks have been committed."""
    return len(ManifestStore(database).chunks("borough"))


def expect_whole(database: Database, units: int = UNITS) -> None:
    """The target holds what an uninterrupted run would have left."""
    manifest, result = verify(database, borough())
    assert (manifest.digests, manifest.rows) == generated(units)
    assert result.holds


def kill_and_go_on(database: Database, moments: list[tuple[int, float]], units: int = UNITS) -> int:
    """Kill a seeder again and again, after some more chunks and a moment; let one finish; how often it was killed."""
    kills = 0
    for chunks, moment in moments:
        seeder = start(*arguments(address_of(database), units))
        goal = chunks_in(database) + chunks
        while chunks_in(database) < goal and seeder.poll() is None:
            time.sleep(0.002)
        time.sleep(moment)
        seeder.kill()
        seeder.communicate()
        kills += seeder.returncode == -signal.SIGKILL
    last = finish(start(*arguments(address_of(database), units)))
    assert last.code == 0, last.err
    expect_whole(database, units)
    return kills


def test_a_killed_seeder_leaves_a_load_that_goes_on(database: Database) -> None:
    """`kill -9` three times, once before anything is committed: the next run finishes, and nothing differs."""
    assert kill_and_go_on(database, [(0, 0.3), (1, 0.0), (2, 0.02)]) == 3
    assert query(database, "SELECT COUNT(*) FROM understudy_chunk WHERE table_sums = '{}'") == [(0,)]


def test_an_interrupted_seeder_says_how_to_go_on(database: Database) -> None:
    """Ctrl-C ends with the shell's usual exit code and a sentence; the same command finishes the load."""
    seeder = start(*arguments(address_of(database)))
    wait_until(lambda: chunks_in(database) > 0, seeder)
    seeder.send_signal(signal.SIGINT)
    ended = finish(seeder)
    assert (ended.code, "goes on from there" in ended.err, "Traceback" in ended.err) == (130, True, False)
    assert finish(start(*arguments(address_of(database)))).code == 0
    expect_whole(database)


@pytest.mark.soak
@pytest.mark.parametrize("run", range(4))
def test_any_moment_will_do(database: Database, run: int) -> None:
    """Twenty kills at moments from a seeded dice, in four loads of some forty chunks."""
    dice = random.Random(run)
    places = [dice.randint(0, 3) for _ in range(5)]
    moments = [(chunks, dice.random() * (0.1 if chunks else 0.8)) for chunks in places]
    assert kill_and_go_on(database, moments, 4000) == 5


def test_an_error_in_the_middle_leaves_a_load_that_goes_on(database: Database) -> None:
    """Whatever stops the seeder, committed chunks stay, and the next run does the others and only those."""

    def stop(progress: Progress) -> None:
        if progress.done:
            raise Stopped

    with pytest.raises(Stopped):
        seed(database, asked(UNITS, chunk_rows=CHUNK_ROWS), clock=clock, progress=stop)
    committed = sum(digest.rows for digest in ManifestStore(database).sums("borough").values())
    assert 0 < committed < sum(generated(UNITS)[1].values())
    assert query(database, "SELECT status FROM understudy_manifest") == [("loading",)]
    report = seed(database, asked(UNITS, chunk_rows=CHUNK_ROWS), clock=clock)
    assert report.outcome == "resumed"
    assert report.loaded_rows == sum(report.manifest.rows.values()) - committed
    expect_whole(database)


@pytest.mark.parametrize("step", ["chunk_claim", "digest_of", "chunk_record"])
def test_a_chunk_is_there_whole_or_not_at_all(database: Database, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """An error at any step of the second chunk leaves the rows that the records account for, and no others."""
    plain = getattr(seeds.loader.chunk, step)

    def fail(*arguments: Any) -> Any:
        if chunks_in(database):
            raise Stopped
        return plain(*arguments)

    request = asked(UNITS, chunk_rows=CHUNK_ROWS, connections=1)
    with monkeypatch.context() as patch:
        patch.setattr(f"seeds.loader.chunk.{step}", fail)
        with pytest.raises(Stopped):
            seed(database, request, clock=clock)
    assert chunks_in(database) == 1
    for name, digest in ManifestStore(database).sums("borough").items():
        assert query(database, f"SELECT COUNT(*) FROM {name}") == [(digest.rows,)]
    assert seed(database, request, clock=clock).outcome == "resumed"
    expect_whole(database)


def test_an_unfinished_load_can_grow(database: Database) -> None:
    """A load that was cut short may go on towards a larger size, in chunks of another size."""

    def stop(progress: Progress) -> None:
        if progress.done:
            raise Stopped

    with pytest.raises(Stopped):
        seed(database, asked(650, chunk_rows=CHUNK_ROWS), clock=clock, progress=stop)
    assert seeded(database, UNITS, chunk_rows=CHUNK_ROWS * 2).outcome == "resumed"
    expect_whole(database)


def test_a_chunk_that_another_loader_finished_is_not_loaded_twice(postgres: Database) -> None:
    """A killed loader's last commit may arrive late, and cover less than the chunk it stands for: the rest follows."""
    store = ManifestStore(postgres)
    late = asked(150)

    def arrive(progress: Progress) -> None:
        if not progress.done and not store.chunks("borough"):
            load_late(postgres, Run(late.dataset, 7, 150, late.as_of, late.as_of))

    report = seed(postgres, asked(UNITS, chunk_rows=10**6), clock=clock, progress=arrive)
    assert report.loaded_rows < sum(report.manifest.rows.values())
    assert store.chunks("borough") == [Chunk(0, 0, 150), Chunk(0, 150, UNITS)]
    expect_whole(postgres)


def load_late(database: Database, run: Run) -> None:
    """What the killed loader had under way."""
    session = database.session()
    load_chunk(session, run, Chunk(0, 0, run.units), run.units)
    session.close()


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of this test's own, to be killed; in a short path, for the sake of its socket."""
    directory = Path(tempfile.mkdtemp(prefix="us-"))
    embedded = EmbeddedServer(directory / "postgres")
    try:
        embedded.start()
        yield embedded
    finally:
        embedded.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.slow
def test_a_killed_server_leaves_a_load_that_goes_on(server: EmbeddedServer, tmp_path: Path) -> None:
    """`kill -9` of the server: the seeder says that it may be tried again, and the next run finishes the job."""
    address = server.url()
    database = open_database(address, home=tmp_path)
    seeder = start(*arguments(address))
    wait_until(lambda: chunks_in(database) >= 2, seeder)
    pid = server.status().pid
    assert pid is not None
    psutil.Process(pid).kill()
    ended = finish(seeder)
    assert (ended.code, ended.error["code"]) == (5, "TARGET_UNAVAILABLE"), ended.err
    assert "Traceback" not in ended.err
    refused = finish(start(*arguments(address)))
    assert (refused.code, refused.error["code"]) == (5, "TARGET_UNAVAILABLE"), refused.err
    server.start()
    again = finish(start(*arguments(address)))
    assert (again.code, again.json["outcome"]) == (0, "resumed"), again.err
    assert make_url(server.url()).port == make_url(address).port
    expect_whole(database)
    database.close()


@pytest.mark.parametrize("units", [0, 1, 99, 100, 1234])
@pytest.mark.parametrize("step", [1, 100, 700])
def test_chunks_cover_what_is_missing_once(units: int, step: int) -> None:
    """Whatever is there already, the chunks to load fill every gap, and no unit is in two of them."""
    dice = random.Random(units * 1000 + step)
    edges = sorted({0, units, *(dice.randint(0, units) for _ in range(6))})
    pieces = [Chunk(2, low, high) for low, high in itertools.pairwise(edges)]
    done = pieces[::2]
    found = missing_chunks(orders(), units, done, step)
    for level, roots in enumerate(orders().levels):
        mine = sorted([*found, *done]) if level == 2 else found
        covered = [unit for chunk in mine if chunk.level == level for unit in range(chunk.start, chunk.stop)]
        assert sorted(covered) == list(range(units))
        if roots == ("warehouse",) and units:
            assert len([chunk for chunk in found if chunk.level == level]) == 1
    assert all(chunk.stop - chunk.start <= step for chunk in found if chunk.level == 2)
