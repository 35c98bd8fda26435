"""A refusal reaches the caller as it is, whatever a client library makes of exceptions, and shows what the caller wrote."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from env_config.errors import Refusal, TargetRefused
from env_config.guards.carried import call
from env_config.guards.checkpoint import Checkpoint
from env_config.guards.resolved_names import NAMES
from env_config.policy import Policy
from tests.env_config.books import corpus_book
from tests.env_config.guarded_runs import run_client, run_code
from tests.env_config.listeners import PRODUCTION, STAGING, Listener
from tests.env_config.servers import PostgresServer, postgres_cluster

LIES = """
from tests.env_config.guarded_client import CLIENTS
import functools
real = socket.getaddrinfo
def lying(host, *arguments, **keywords):
    return real("127.0.0.77" if host in ("stage-db.hackney.test", b"stage-db.hackney.test") else host, *arguments, **keywords)
socket.getaddrinfo = lying
import logging
lines = []
class Keep(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())
logging.getLogger("env_config.audit").addHandler(Keep())
"""
CLIENTS = (
    "asyncio_stream",
    "smtplib",
    "urllib",
    "requests",
    "httpx",
    "httpx_async",
    "aiohttp",
    "boto3",
    "redis",
    "pymongo",
    "pymysql",
    "pg8000",
    "asyncpg",
    "psycopg",
    "psycopg_async",
    "psycopg2",
    "sqlalchemy_psycopg",
    "grpc",
)


@pytest.fixture(scope="module")
def unmarked() -> Iterator[PostgresServer]:
    """A server that nobody has stamped."""
    with postgres_cluster(STAGING) as server:
        yield server


@pytest.mark.parametrize("name", CLIENTS)
def test_a_name_that_resolves_to_production_is_refused_plainly(name: str) -> None:
    """The client raises the refusal itself, and neither it nor the audit log shows the address behind the name."""
    code = """
modules, function = CLIENTS[sys.argv[1]]
for module in modules: __import__(module)
guard("enforce")
out([attempt(functools.partial(function, "stage-db.hackney.test", int(sys.argv[2]))), lines])
"""
    with Listener(PRODUCTION) as production:
        ((found, lines),) = run_code(LIES + code, name, production.port)
    assert (found["error"], production.accepted) == ("TargetRefused", 0)
    assert found["code"] in ("PEER_PROD", "PROD_DNS")  # seen while connecting, or already in the answer to the name
    shown = found["text"] + "".join(lines)
    assert "stage-db.hackney.test" in shown
    assert lines
    assert PRODUCTION not in shown


@pytest.mark.parametrize(
    "call",
    [
        "import requests; s = requests.Session(); s.mount('http://', requests.adapters.HTTPAdapter(max_retries=4)); s.get(url)",
        "import urllib3; urllib3.PoolManager(retries=urllib3.Retry(4)).request('GET', url)",
        "from redis import Redis, retry, backoff; Redis('stage-db.hackney.test', port, retry=retry.Retry(backoff.NoBackoff(), 4)).ping()",
    ],
)
def test_a_refusal_is_not_retried(call: str) -> None:
    """One attempt, one line in the audit log, whatever the client's patience."""
    body = call.replace("; ", "\n").replace("\n", "\n    ")
    code = f"""
guard("enforce")
port = int(sys.argv[1])
url = f"http://stage-db.hackney.test:{{port}}/"
def attempted():
    {body}
attempt(attempted)
out(len(lines))
"""
    with Listener(PRODUCTION) as production:
        assert run_code(LIES + code, production.port) == [1]
    assert production.accepted == 0


@pytest.mark.parametrize("name", ("psycopg", "psycopg_async", "psycopg2", "asyncpg", "pg8000", "sqlalchemy_psycopg2"))
def test_a_server_without_the_marker_is_an_identity_refusal(name: str, unmarked: PostgresServer) -> None:
    """What the driver says of the start-up option becomes what it means, raised from the driver's own error."""
    calls = {
        "psycopg": "import psycopg; psycopg.connect(host=host, port=port, user='app', dbname='postgres', options=option)",
        "psycopg_async": "import asyncio, psycopg\nasyncio.run(psycopg.AsyncConnection.connect(host=host, port=port, user='app', dbname='postgres', options=option))",
        "psycopg2": "import psycopg2; psycopg2.connect(host=host, port=port, user='app', dbname='postgres', options=option)",
        "asyncpg": "import asyncio, asyncpg\nasyncio.run(asyncpg.connect(host=host, port=port, user='app', database='postgres', server_settings=settings))",
        "pg8000": "import pg8000.dbapi\npg8000.dbapi.connect('app', host, 'postgres', port, startup_params=settings)",
        "sqlalchemy_psycopg2": "import sqlalchemy\nsqlalchemy.create_engine(f'postgresql+psycopg2://app@{host}:{port}/postgres',"
        " connect_args={'options': option}).connect()",
    }
    body = calls[name].replace("; ", "\n").replace("\n", "\n        ")
    code = f"""
guard("enforce")
host, port = sys.argv[1], int(sys.argv[2])
settings = {{"default_text_search_config": "public.env_somewhere_else"}}
option = "-c default_text_search_config=public.env_somewhere_else"
def attempted():
    try:
        {body}
    except Refusal as refusal:
        assert refusal.__cause__ is not None and not isinstance(refusal.__cause__, Refusal)
        raise
out(attempt(attempted))
"""
    (found,) = run_code(code, unmarked.host, unmarked.port)
    assert (found["error"], found["code"]) == ("IdentityRefused", "ASSERTION_REFUSED"), found


def test_an_ordinary_failure_stays_the_drivers_own() -> None:
    """Nobody listens: each client raises what it always raises."""
    with socket.socket() as closed:
        closed.bind((STAGING, 0))
        port = closed.getsockname()[1]
        for name, error in (("httpx", "ConnectError"), ("psycopg2", "OperationalError"), ("urllib", "URLError")):
            assert run_client(name, (STAGING, port))[0]["error"] == error


def test_an_error_while_a_refusal_is_being_handled_is_not_that_refusal() -> None:
    """Python lays the refusal under every later error; a call that began afterwards did not meet it."""
    refusal = TargetRefused(code="PEER_PROD")
    try:
        raise refusal
    except Refusal:
        with call() as made:
            try:
                raise OSError("nobody listens")
            except OSError as error:
                assert made.refusal_in(error) is None


def test_a_refusal_that_a_client_swallowed_is_found_again() -> None:
    """Asyncio raises one new OSError for several addresses; the call remembers what was refused inside it."""
    checkpoint = Checkpoint(Policy(corpus_book()), "enforce")
    with call() as made:
        with pytest.raises(Refusal):
            checkpoint.place(PRODUCTION, 5432)
        found = made.refusal_in(OSError("Multiple exceptions"))
        assert found is not None
        assert found.code == "PEER_PROD"
        assert made.refusal_in(ValueError("something else")) is None


@pytest.mark.parametrize("target", [PRODUCTION, f"{PRODUCTION}:5432", f"[::ffff:{PRODUCTION}]:5432"])
def test_the_name_stands_where_the_number_would(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever spelling the number came in, with the port that was asked for."""
    monkeypatch.setattr(NAMES, "_names", {})
    assert NAMES.shown(target) == target
    NAMES.remember("db.hackney.test", [PRODUCTION])
    assert NAMES.shown(target) == "db.hackney.test" + (":5432" if "5432" in target else "")
    NAMES.remember(PRODUCTION, [PRODUCTION])
    assert NAMES.shown(PRODUCTION) == "db.hackney.test"


@pytest.mark.parametrize("name", ("curl_cffi", "curl_cffi_async", "pycurl"))
def test_a_client_that_resolves_in_c_shows_the_host_of_its_url(name: str) -> None:
    """A redirect leads to production's number: the refusal names where the caller began."""
    with Listener(PRODUCTION) as production:
        reply = f"HTTP/1.1 302 Found\r\nLocation: http://{PRODUCTION}:{production.port}/\r\nContent-Length: 0\r\n\r\n"
        with Listener("127.0.0.1", reply=reply.encode()) as first:
            (found,) = run_client(name, ("localhost", first.port))
    assert (found["error"], found["code"], production.accepted) == ("TargetRefused", "PEER_PROD", 0)
    assert PRODUCTION not in json.dumps(found)
