"""`--to env:ENVIRONMENT/SERVICE`, and what a book has to say about every other target."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from env_config import runtime
from env_config.authoring.signing import new_key, signer
from env_config.book.codec import seal
from env_config.book.model import Book, Endpoint, IdentityPolicy, Service
from tests.env_config.books import corpus_book
from tests.env_config.passages import Forwarder
from tests.env_config.servers import USER, PostgresServer, mark, production, staging, tunnel
from tests.seeds.command_line import CommandLine

__all__ = ["production", "staging", "tunnel"]
SEED = ("borough", "-n", 30, "--json")
Configure = Callable[..., Service]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def database(staging: PostgresServer) -> Iterator[str]:
    """An empty database on the staging server, without a marker."""
    name = f"db_{uuid4().hex[:12]}"
    staging.execute(f"CREATE DATABASE {name} OWNER {USER}", database="postgres")
    yield name
    staging.execute(f"DROP DATABASE {name} WITH (FORCE)", database="postgres")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signing key, with the file of trusted keys beside it."""
    folder = tmp_path_factory.mktemp("keys")
    new_key(folder / "signing.pem", trust=folder / "trust.json", purposes=("book",))
    return folder / "signing.pem"


@pytest.fixture
def configured(
    key: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    staging: PostgresServer,
    production: PostgresServer,
    database: str,
) -> Configure:
    """Write books and make this process one of the environment; the service may differ from what staging's book says."""

    def configure(environment: str = "staging", **changes: Any) -> Service:
        folder = tmp_path / f"books-{uuid4().hex[:6]}"
        folder.mkdir()
        shutil.copy(key.with_name("trust.json"), folder)
        service = replace(_service(staging, database), **changes)
        for book in (_book(staging, production, service), corpus_book("development"), corpus_book("production")):
            (folder / f"{book.environment}.json").write_bytes(seal(book, signer(key)))
        monkeypatch.setenv("ENV_CONFIG_BOOK", str(folder))
        monkeypatch.setenv("ENV_CONFIG_ENVIRONMENT", environment)
        monkeypatch.setattr(runtime, "_PROCESS", runtime.Runtime())
        return service

    return configure


def _service(staging: PostgresServer, database: str) -> Service:
    place = {"host": staging.host, "port": staging.port, "database": database, "user": USER}
    identity = IdentityPolicy(tls="off")
    return Service("social-care-db", "postgresql", **place, identity=identity, seeding=True)  # type: ignore[arg-type]


def _book(staging: PostgresServer, production: PostgresServer, service: Service) -> Book:
    book = corpus_book()
    theirs = replace(
        book.foreign[0], endpoints=(Endpoint("prod-db.hackney.test", production.port, (production.host,)),)
    )
    own = replace(book.own, endpoints=(Endpoint("stage-db.hackney.test", staging.port, (staging.host,)),))
    return replace(book, own=own, foreign=(theirs, *book.foreign[1:]), services={service.name: service})


def url(server: PostgresServer, database: str = "social_care", **place: Any) -> str:
    return server.dsn(database=database, **place)


def test_a_service_is_seeded_verified_and_reset_by_its_name(
    command: CommandLine, configured: Configure, staging: PostgresServer, database: str
) -> None:
    """No address is typed anywhere; the report names the place that the book gave, and no secret."""
    configured()
    mark(staging, "staging", database=database)
    target = ("--to", "env:stg/social-care-db")
    assert command("plan", *SEED, *target).code == 0
    seeded = command("seed", *SEED, *target)
    assert (seeded.code, seeded.err) == (0, "")
    assert (seeded.json["outcome"], seeded.json["environment"]) == ("loaded", "staging")
    assert f"{staging.host}:{staging.port}/{database}" in seeded.json["target"]
    assert command("verify", "borough", "--json", *target).json["holds"]
    assert command("reset", "borough", "--json", *target).code == 0


@pytest.mark.parametrize("verb", ["seed", "plan"])
@pytest.mark.parametrize(
    ("target", "code", "exit_code"),
    [
        ("env:development/social-care-db", "ENV_CONFLICT", 3),
        ("env:production/social-care-db", "SEEDING_NOT_ALLOWED", 3),
        ("env:moon/social-care-db", "ENV_UNKNOWN", 3),
        ("env:staging/absent", "UNDECLARED", 3),
        ("env:staging", "TARGET_INVALID", 2),
        ("env:/social-care-db", "TARGET_INVALID", 2),
    ],
)
def test_a_name_means_this_process_and_this_book_or_nothing(
    command: CommandLine, configured: Configure, verb: str, target: str, code: str, exit_code: int
) -> None:
    """Another environment's name is refused, not followed; and so is a service that the book does not have."""
    configured()
    refused = command(verb, *SEED, "--to", target)
    assert (refused.code, refused.error["code"], refused.out) == (exit_code, code, "")
    assert refused.error["hint"]


def test_the_book_says_where_test_data_may_go(
    command: CommandLine, configured: Configure, staging: PostgresServer, database: str
) -> None:
    """A service is not for seeding unless its book says so."""
    configured(seeding=False)
    mark(staging, "staging", database=database)
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db")
    assert (refused.code, refused.error["code"]) == (3, "SEEDING_NOT_ALLOWED")


def test_a_service_that_is_no_postgresql_cannot_be_filled(command: CommandLine, configured: Configure) -> None:
    """The kinds of databases that Understudy can fill are few, and it says so."""
    configured(kind="redis")
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db")
    assert (refused.code, refused.error["code"]) == (2, "TARGET_UNKNOWN")


@pytest.mark.parametrize(("assertion", "code"), [("startup", "ASSERTION_REFUSED"), ("query", "IDENTITY_UNKNOWN")])
@pytest.mark.parametrize("filled", [False, True])
def test_an_unmarked_database_is_refused_with_the_command_that_marks_it(
    command: CommandLine,
    configured: Configure,
    staging: PostgresServer,
    database: str,
    assertion: str,
    code: str,
    filled: bool,
) -> None:
    """Whether the server refuses the login or the question finds nothing, the way on is the same."""
    configured(identity=IdentityPolicy(assertion=assertion, tls="off"))
    if filled:
        staging.execute("CREATE TABLE kept (id integer)", database=database)
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db")
    assert (refused.code, refused.error["code"]) == (3, code)
    assert "env-config stamp" in refused.error["hint"]
    assert staging.value("SELECT to_regclass('understudy_manifest')", database=database) is None


def test_a_database_of_another_environment_is_refused(
    command: CommandLine, configured: Configure, staging: PostgresServer, database: str
) -> None:
    """The marker has to agree with the name that was typed."""
    configured(identity=IdentityPolicy(assertion="query", tls="off"))
    mark(staging, "development", database=database)
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db")
    assert (refused.code, refused.error["code"]) == (3, "IDENTITY_UNKNOWN")


@pytest.mark.parametrize(("assertion", "code"), [("startup", "ASSERTION_REFUSED"), ("query", "IDENTITY_PROD")])
def test_the_books_tunnel_that_leads_to_production_is_refused(
    command: CommandLine,
    configured: Configure,
    production: PostgresServer,
    tunnel: Forwarder,
    assertion: str,
    code: str,
) -> None:
    """Everything the process can see says staging; the server says what it is."""
    identity = IdentityPolicy(assertion=assertion, tls="off")
    configured(
        host="stage-db.hackney.test", database="social_care", tunnel=(tunnel.host, tunnel.port), identity=identity
    )
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db")
    assert (refused.code, refused.error["code"]) == (3, code)
    assert "127.0.0.77" not in refused.err and "prod-db" not in refused.err
    assert production.value("SELECT to_regclass('understudy_manifest')") is None


def test_the_owner_marks_and_not_the_seeder(command: CommandLine, configured: Configure) -> None:
    """A named service is never marked in passing."""
    configured()
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db", "--environment", "staging")
    assert (refused.code, refused.error["code"]) == (3, "STAMP_BY_OWNER")


def test_without_a_book_a_name_means_nothing(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up in a book or not at all."""
    monkeypatch.delenv("ENV_CONFIG_BOOK", raising=False)
    monkeypatch.setattr(runtime, "_PROCESS", runtime.Runtime())
    monkeypatch.setenv("ENV_CONFIG_ENVIRONMENT", "staging")
    refused = command("seed", *SEED, "--to", "env:staging/social-care-db")
    assert (refused.code, refused.error["code"]) == (2, "BOOK_MISSING")


# ------------------------------------------------------------------------------------------------- plain URLs and a book


@pytest.mark.parametrize(
    "verb", [("seed", *SEED), ("plan", *SEED), ("verify", "borough", "--json"), ("reset", "borough", "--json")]
)
def test_a_url_of_production_is_refused_before_anything_is_opened(
    command: CommandLine, configured: Configure, production: PostgresServer, verb: tuple[object, ...]
) -> None:
    """The book knows production's places, in whatever spelling."""
    configured()
    before = production.sessions()
    for host in ("127.0.0.77", "127.77", "2130706509"):
        refused = command(*verb, "--to", url(production, host=host))
        assert (refused.code, refused.error["code"]) == (3, "PROD_EXACT")
    assert production.sessions() == before


def test_variables_of_libpq_count_as_part_of_the_url(
    command: CommandLine,
    configured: Configure,
    production: PostgresServer,
    staging: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A harmless URL in a terminal that still has PGHOSTADDR set."""
    configured()
    monkeypatch.setenv("PGHOSTADDR", production.host)
    refused = command("seed", *SEED, "--to", f"postgresql://app@stage-db.hackney.test:{production.port}/social_care")
    assert (refused.code, refused.error["code"]) == (3, "PROD_EXACT")


def test_a_url_that_clients_read_differently_is_refused(command: CommandLine, configured: Configure) -> None:
    """What nobody can tell is a no."""
    configured()
    refused = command("seed", *SEED, "--to", "postgresql://app@db/social_care")
    assert (refused.code, refused.error["code"]) == (3, "SHORT_NAME")


def test_a_tunnel_to_production_is_refused_by_what_the_server_says(
    command: CommandLine, configured: Configure, production: PostgresServer, tunnel: Forwarder
) -> None:
    """The address is harmless; the database is not."""
    configured()
    refused = command("seed", *SEED, "--to", url(production, host=tunnel.host, port=tunnel.port))
    assert (refused.code, refused.error["code"]) == (3, "IDENTITY_PROD")


def test_a_url_of_this_environment_passes_the_book_and_then_the_gate(
    command: CommandLine, configured: Configure, staging: PostgresServer, database: str
) -> None:
    """An empty database can still be marked, but only as what this process is."""
    configured()
    target = ("--to", url(staging, database))
    assert command("seed", *SEED, *target).error["code"] == "WRITE_UNMARKED"
    assert command("seed", *SEED, *target, "--environment", "dev").error["code"] == "ENV_CONFLICT"
    assert command("seed", *SEED, *target, "--environment", "stg").json["environment"] == "staging"


def test_an_unset_environment_is_refused_where_a_book_is(
    command: CommandLine, configured: Configure, staging: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a book nothing is guessed; a SQLite file needs no answer."""
    configured()
    monkeypatch.delenv("ENV_CONFIG_ENVIRONMENT")
    assert command("seed", *SEED, "--to", url(staging, database)).error["code"] == "ENV_UNSET"


def test_a_file_needs_no_configuration(
    command: CommandLine, configured: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A SQLite file is written with a book and without one."""
    target = ("--to", f"sqlite:///{tmp_path}/target.db")
    monkeypatch.delenv("ENV_CONFIG_BOOK", raising=False)
    assert command("seed", *SEED, *target).code == 0
    configured()
    monkeypatch.delenv("ENV_CONFIG_ENVIRONMENT")
    assert command("reset", "borough", "--json", *target).code == 0


@pytest.mark.parametrize("with_book", [False, True])
def test_a_process_of_production_writes_nowhere(
    command: CommandLine, configured: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_book: bool
) -> None:
    """Not even into a file: whoever runs this there has made a mistake."""
    configured("production")
    if not with_book:
        monkeypatch.delenv("ENV_CONFIG_BOOK")
    target = ("--to", f"sqlite:///{tmp_path}/target.db")
    refused = command("seed", *SEED, *target)
    expected = "ENV_UNATTESTED" if with_book else "WRITE_FROM_PRODUCTION"
    assert (refused.code, refused.error["code"]) == (3, expected)
    assert not (tmp_path / "target.db").exists()
