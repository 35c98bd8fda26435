"""Seeding against PostgreSQL's own COPY of the same rows into the same tables, constraints and indexes on."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from generators import Run, generate
from seeds.cli.export import export_dataset
from seeds.databases.embedded import EmbeddedServer
from seeds.databases.registry import open_database
from seeds.dataset import load_dataset
from seeds.schema import create_tables
from seeds.workflow import Request, seed

from .measure import Measure, middle_ratio

_ROWS = 1_000_000
_RESIDENTS = 100_000
_DRIVER_ROWS = 200_000
_REPEATS = 3


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def fresh_database(server: EmbeddedServer, name: str) -> Iterator[str]:
    """The URL of a new database, dropped afterwards."""
    home = make_url(server.start())
    control = home.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(control, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute("CHECKPOINT")
    try:
        yield home.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(control, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _seed(url: str, dataset_name: str, units: int) -> tuple[float, int]:
    """Seconds and rows of the load: generation, transfer and commit; the rules that are checked after it are not."""
    dataset = load_dataset(dataset_name)
    database = open_database(url, home=Path())
    try:
        report = seed(database, Request(dataset, 1, units, dataset.spec.as_of, stamp="test"), clock=_now)
    finally:
        database.close()
    return report.load_seconds, report.loaded_rows


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _create(url: str, dataset_name: str) -> None:
    database = open_database(url, home=Path())
    try:
        create_tables(database, load_dataset(dataset_name).stored)
    finally:
        database.close()


def one_table(server: EmbeddedServer, folder: Path) -> Measure:
    """A million rows of one table against server-side binary COPY from a file."""
    spec = str(Path(__file__).parent / "resident.yaml")
    shared = folder / "server"  # the server may run under an account of its own
    shared.mkdir()
    shared.chmod(0o777)
    dump = shared / "resident.bin"
    pairs = []
    for attempt in range(_REPEATS):
        with fresh_database(server, "bench_ours") as url:
            seconds, rows = _seed(url, spec, _ROWS)
            if attempt == 0:
                with psycopg.connect(_plain(url)) as connection:
                    connection.execute(f"COPY resident TO '{dump}' (FORMAT binary)")
        with fresh_database(server, "bench_copy") as url:
            _create(url, spec)
            with psycopg.connect(_plain(url), autocommit=True) as connection:
                started = time.perf_counter()
                connection.execute(f"COPY resident FROM '{dump}' (FORMAT binary)")
                pairs.append((rows / seconds, rows / (time.perf_counter() - started)))
    detail = ", ".join(f"{ours:,.0f} to {theirs:,.0f} rows/s" for ours, theirs in pairs)
    return Measure("seeding one table against server-side COPY", middle_ratio(pairs), 0.9, "×", detail=detail)


def drivers(server: EmbeddedServer) -> Measure:
    """Arrow batches through ADBC against psycopg's binary COPY row by row, into the same empty table."""
    dataset = load_dataset(str(Path(__file__).parent / "resident.yaml"))
    table = dataset.stored[0]
    run = Run(dataset, 1, _DRIVER_ROWS, dataset.spec.as_of, dataset.spec.as_of)
    batches = [item.batch for item in generate(run)]
    types = ["int8", "int4", "text", "date", "text", "text", "text", "text", "text", "text", "bool",
             "numeric"]  # fmt: skip
    pairs = []
    for _ in range(_REPEATS):
        with fresh_database(server, "bench_ours") as url:
            _create(url, str(Path(__file__).parent / "resident.yaml"))
            session = open_database(url, home=Path()).session()
            started = time.perf_counter()
            for batch in batches:
                session.append(table, batch)
            session.commit()
            ours = time.perf_counter() - started
            session.close()
        with fresh_database(server, "bench_copy") as url:
            _create(url, str(Path(__file__).parent / "resident.yaml"))
            with psycopg.connect(_plain(url)) as connection:
                started = time.perf_counter()
                with connection.cursor().copy("COPY resident FROM STDIN (FORMAT binary)") as copy:
                    copy.set_types(types)
                    for batch in batches:
                        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                            copy.write_row(row)
                connection.commit()
                pairs.append((_DRIVER_ROWS / ours, _DRIVER_ROWS / (time.perf_counter() - started)))
    detail = ", ".join(f"{ours:,.0f} to {theirs:,.0f} rows/s" for ours, theirs in pairs)
    return Measure("ADBC against psycopg's binary COPY", middle_ratio(pairs), 1.0, "×", detail=detail)


def whole_borough(server: EmbeddedServer, folder: Path) -> Measure:
    """The borough against psql's copy of its CSV export, table after table in order of their references."""
    dataset = load_dataset("borough")
    run = Run(dataset, 1, _RESIDENTS, dataset.spec.as_of, dataset.spec.as_of)
    export_dataset(run, folder / "csv", "csv", "1/1", 1)
    program, environment = server.psql()
    pairs = []
    for _ in range(_REPEATS):
        with fresh_database(server, "bench_ours") as url:
            seconds, rows = _seed(url, "borough", _RESIDENTS)
        with fresh_database(server, "bench_copy") as url:
            _create(url, "borough")
            commands = [
                f"\\copy {table.name} from '{folder / 'csv' / table.name}.csv' with (format csv, header)"
                for table in dataset.stored
            ]
            started = time.perf_counter()
            subprocess.run(
                [program[0], _plain(url), "--quiet", "--set", "ON_ERROR_STOP=1"],
                input="\n".join(commands), text=True, check=True, env={**os.environ, **environment},
            )  # fmt: skip
            pairs.append((rows / seconds, rows / (time.perf_counter() - started)))
    detail = ", ".join(f"{ours:,.0f} to {theirs:,.0f} rows/s" for ours, theirs in pairs)
    return Measure("whole borough against \\copy of its CSV", middle_ratio(pairs), 1.0, "×", detail=detail)


def measures() -> list[Measure]:
    """Both loading ratios on an embedded server of their own."""
    with tempfile.TemporaryDirectory(prefix="us-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = EmbeddedServer(folder / "postgres")
        server.start()
        try:
            return [one_table(server, folder), whole_borough(server, folder), drivers(server)]
        finally:
            server.stop()
