"""The commands and their arguments; what they do lives in the rooms below."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from generators.formats import FORMATS

from ..dataset import check_lock, load_dataset, lock_place, lock_text
from ..errors import SeedError
from ..filling.stamping import stamp
from ..loader import CHUNK_ROWS
from ..planner import plan_dataset
from ..removal import reset
from ..verification import expected_digests, verify
from ..workflow import Request, seed
from . import database as database_commands
from . import reports
from .export import export_dataset
from .filling import (
    FillArguments,
    existing_dataset,
    fill_order,
    run_fill,
    run_plan,
    show_inventory,
    write_plan,
)
from .holdings import run_reset, run_verify
from .options import (
    DEFAULT_HOME,
    DEFAULT_SEED,
    AsOfOption,
    ChunkRowsOption,
    ConnectionsOption,
    DatasetArgument,
    EpochOption,
    ExcludeOption,
    FillDatasetArgument,
    HomeOption,
    JsonOption,
    OnlyOption,
    PartitionsOption,
    RowsOption,
    ScaleOption,
    SchemaOption,
    SeedOption,
    SizeOption,
    TargetOption,
    WorkersOption,
    choose,
)
from .progress import progress_bar
from .render import note
from .scanning import run_scan
from .stamping import stamped, typed_name
from .targets import PREFIX, check_target, dialect_url, open_target

app = typer.Typer(
    name="understudy",
    help="Realistic, provably synthetic test data for council services.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(database_commands.app, name="database")


def _now() -> datetime:
    return datetime.now(UTC)


def _written(dataset: str, to: str | None) -> str:
    """Dataset and target as typed, for hints that can be pasted; a password is left out."""
    if to is None:
        return shlex.join([dataset])
    if to.startswith(PREFIX):
        return shlex.join([dataset, "--to", to])
    try:
        url = make_url(to)
    except ArgumentError:  # opening it says so; what it is could hold a password
        return shlex.join([dataset])
    query = {name: value for name, value in url.query.items() if name != "password"}
    return shlex.join([dataset, "--to", url.set(query=query)._replace(password=None).render_as_string()])


def _fill_arguments(
    rows: int | None, scale: float, only: list[str] | None, exclude: list[str] | None, schema: list[str] | None,
    create_partitions: bool,
) -> FillArguments:  # fmt: skip
    return FillArguments(rows, scale, tuple(only or ()), tuple(exclude or ()), tuple(schema or ()), create_partitions)


@app.command("seed")
def seed_command(
    dataset: FillDatasetArgument,
    to: TargetOption = None,
    residents: SizeOption = None,
    rows: RowsOption = None,
    scale: ScaleOption = 1.0,
    only: OnlyOption = None,
    exclude: ExcludeOption = None,
    schema: SchemaOption = None,
    create_partitions: PartitionsOption = False,
    seed_number: SeedOption = DEFAULT_SEED,
    as_of: AsOfOption = None,
    environment: Annotated[
        str | None, typer.Option(help="Mark an empty database as this environment; never production.")
    ] = None,
    alongside: Annotated[
        bool, typer.Option("--alongside", help="Load beside rows of others, leaving them be.")
    ] = False,
    connections: ConnectionsOption = None,
    chunk_rows: ChunkRowsOption = CHUNK_ROWS,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Create the tables if absent, load the dataset, and check it; or fill the tables that the target has."""
    existing = existing_dataset(dataset)
    if existing is not None:
        arguments = _fill_arguments(rows, scale, only, exclude, schema, create_partitions)
        order = fill_order(
            existing, arguments, seed=seed_number, as_of=as_of, stamp=environment, written=_written(dataset, to)
        )
        target = open_target(to, home=home, writes=True, stamp=environment, existing=True)
        try:
            complete = run_fill(target, order, clock=_now, as_json=as_json)
        finally:
            target.close()
        if not complete:
            raise typer.Exit(3)
        return
    chosen = choose(dataset, residents, seed_number, as_of)
    target = open_target(to, home=home, writes=True, stamp=environment)
    try:
        request = Request(
            chosen.dataset, chosen.seed, chosen.units, chosen.as_of, environment, alongside, connections, chunk_rows,
            written=_written(dataset, to),
        )  # fmt: skip
        with progress_bar(f"seeding {chosen.dataset.name}", quiet=as_json) as progress:
            report = seed(target, request, clock=_now, progress=progress)
        reports.seeded(report, target, embedded=to is None, as_json=as_json)
    finally:
        target.close()


@app.command("plan")
def plan_command(
    dataset: FillDatasetArgument,
    to: TargetOption = None,
    residents: SizeOption = None,
    rows: RowsOption = None,
    scale: ScaleOption = 1.0,
    only: OnlyOption = None,
    exclude: ExcludeOption = None,
    schema: SchemaOption = None,
    create_partitions: PartitionsOption = False,
    seed_number: SeedOption = DEFAULT_SEED,
    as_of: AsOfOption = None,
    ddl: Annotated[bool, typer.Option("--ddl", help="Print the CREATE statements instead.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say what seeding would do: tables in order, rows, bytes, findings. Touches nothing."""
    existing = existing_dataset(dataset)
    if existing is not None:
        arguments = _fill_arguments(rows, scale, only, exclude, schema, create_partitions)
        order = fill_order(
            existing, arguments, seed=seed_number, as_of=as_of, stamp=None, written=_written(dataset, to)
        )
        target = open_target(to, home=home, writes=False, existing=True)
        try:
            run_plan(target, order, as_json=as_json)
        finally:
            target.close()
        return
    chosen = choose(dataset, residents, seed_number, as_of)
    if ddl:
        reports.ddl(chosen.dataset, dialect_url(to))
        return
    check_target(to)
    reports.planned(plan_dataset(chosen.run()), as_json=as_json)


@app.command("init")
def init_command(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The database whose tables are to be filled.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write; never overwritten.")],
    rows: RowsOption = None,
    exclude: ExcludeOption = None,
    schema: SchemaOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the plan for a database's own tables as a dataset file to edit. Touches nothing else."""
    target = open_target(source, home=home, writes=False, existing=True)
    try:
        write_plan(target, out, FillArguments(rows=rows, exclude=tuple(exclude or ()), schemas=tuple(schema or ())))
    finally:
        target.close()


@app.command("inventory")
def inventory_command(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The database to look at.")],
    schema: SchemaOption = None,
    home: HomeOption = DEFAULT_HOME,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the columns of a database that hold personal data, by name, type and comment. Reads no row."""
    target = open_target(source, home=home, writes=False, existing=True)
    try:
        show_inventory(target, tuple(schema or ()), markdown=markdown, as_json=as_json)
    finally:
        target.close()


@app.command("scan")
def scan_command(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILES", help="Files and folders to read.")] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="The database to read, or a file.")
    ] = None,
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="Rows of each table; all without it.")] = None,
    schema: SchemaOption = None,
    home: HomeOption = DEFAULT_HOME,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 on stdout.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look for what could be real people's in a database or in files. Ends with 4 if there is any; prints no value."""
    sources = [*([source] if source else []), *(files or [])]
    if not sources:
        raise SeedError("nothing to scan", code="SCAN_SOURCES", hint="name files, or a database: --from URL")
    if run_scan(sources, home=home, sample=sample, as_json=as_json, sarif=sarif, schemas=tuple(schema or ())):
        raise typer.Exit(4)


@app.command("stamp")
def stamp_command(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The database to mark.")],
    environment: Annotated[str, typer.Option(help="What it is; never production.")],
    name: Annotated[
        str | None, typer.Option("--name", help="The database's name, or the file's, typed out; asked for without it.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Mark a database that has rows as a place for test data, by hand: only if you know that they are nobody's."""
    target = open_target(to, home=home, writes=True, stamp=environment)
    try:
        permission = stamp(target, environment, typed=lambda: typed_name(target, name, as_json=as_json), clock=_now)
        stamped(permission, target, as_json=as_json)
    finally:
        target.close()


@app.command("verify")
def verify_command(
    dataset: FillDatasetArgument,
    to: TargetOption = None,
    workers: WorkersOption = None,
    home: HomeOption = DEFAULT_HOME,
    sql: Annotated[bool, typer.Option("--sql", help="Print the queries and exit.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Derive counts and digests anew, compare them with the database, and run every coherence query."""
    existing = existing_dataset(dataset)
    if existing is not None:
        target = open_target(to, home=home, writes=False)
        try:
            holds = run_verify(target, existing, sql=sql, as_json=as_json)
        finally:
            target.close()
        if not holds:
            raise typer.Exit(4)
        return
    chosen = choose(dataset, None, DEFAULT_SEED, None)
    target = open_target(to, home=home, writes=False)
    try:
        if sql:
            reports.queries(target, chosen.dataset)
            return
        manifest, result = verify(target, chosen.dataset, workers=workers or 1)
        reports.verified(manifest, result, as_json=as_json)
    finally:
        target.close()
    if not result.holds:
        raise typer.Exit(4)


@app.command("reset")
def reset_command(
    dataset: FillDatasetArgument,
    to: TargetOption = None,
    drop_tables: Annotated[
        bool,
        typer.Option(
            "--drop-tables", help="In the same go, drop the tables that this load created and that are empty now."
        ),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Delete the rows that Understudy wrote and nothing else."""
    existing = existing_dataset(dataset)
    if existing is not None:
        target = open_target(to, home=home, writes=True)
        try:
            complete = run_reset(target, existing, clock=_now, drop_tables=drop_tables, as_json=as_json)
        finally:
            target.close()
        if not complete:
            raise typer.Exit(3)
        return
    chosen = choose(dataset, None, DEFAULT_SEED, None)
    target = open_target(to, home=home, writes=True)
    try:
        with progress_bar(f"resetting {chosen.dataset.name}", quiet=as_json) as progress:
            removal = reset(target, chosen.dataset, clock=_now, progress=progress, drop_tables=drop_tables)
        reports.removed(chosen.dataset.name, removal, target, dropping=drop_tables, as_json=as_json)
    finally:
        target.close()


@app.command("generate")
def generate_command(
    dataset: DatasetArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder to write to; made if absent.")],
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "parquet",
    part: Annotated[str, typer.Option("--partition", help="Only this part, such as 3/8.")] = "1/1",
    residents: SizeOption = None,
    seed_number: SeedOption = DEFAULT_SEED,
    as_of: AsOfOption = None,
    epoch: EpochOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the dataset to files, one for each table, or one for each table and process."""
    chosen = choose(dataset, residents, seed_number, as_of, epoch)
    reports.exported(export_dataset(chosen.run(), out, form, part, workers or 1), as_json=as_json)


@app.command("digest")
def digest_command(
    dataset: DatasetArgument,
    residents: SizeOption = None,
    seed_number: SeedOption = DEFAULT_SEED,
    as_of: AsOfOption = None,
    epoch: EpochOption = None,
    partitions: Annotated[
        int, typer.Option(min=0, help="Parts to generate in; never changes the result. 0 chooses.")
    ] = 0,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print each table's digest and number of rows, whatever the partitions."""
    chosen = choose(dataset, residents, seed_number, as_of, epoch)
    sums = expected_digests(chosen.run(), workers=workers or 1, partitions=partitions)
    reports.digested(chosen.dataset, sums, as_json=as_json)


@app.command("generators")
def generators_command(
    name: Annotated[str | None, typer.Argument(help="One generator; without it, all of them.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the generators with parameters, output, identifier promise and examples."""
    reports.generators(name, as_json=as_json)


@app.command("lock")
def lock_command(
    dataset: DatasetArgument,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; refuse if anything differs.")] = False,
) -> None:
    """Pin the dataset's definition, generator versions and reference data in a file beside it."""
    loaded, place = load_dataset(dataset, locked=False), lock_place(dataset)
    if check:
        check_lock(loaded, place, strict=True)
        note(f"{place} is up to date")
        return
    place.write_text(lock_text(loaded), encoding="utf-8")
    note(f"wrote {place}")


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8400,
) -> None:
    """Serve the catalogue of datasets and generators over HTTP."""
    import uvicorn

    uvicorn.run("api.asgi:app", host=host, port=port, log_level="info")
