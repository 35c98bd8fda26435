"""What a server, the resolver or a restored row says must not lead a client to production."""

from __future__ import annotations

import importlib.util
import socket
from typing import Any

import pytest

from env_config.errors import TargetRefused
from env_config.guards.checkpoint import Checkpoint
from env_config.policy import Policy
from tests.env_config.books import corpus_book
from tests.env_config.guarded_runs import run_client, run_code
from tests.env_config.listeners import PRODUCTION, STAGING, Listener
from tests.env_config.threats.referrals import MongoServer, RedisServer

SENTINEL = """
import redis.sentinel
guard("enforce")
plain = {"protocol": 2, "socket_timeout": 2}
sentinel = redis.sentinel.Sentinel([(sys.argv[1], int(sys.argv[2]))], sentinel_kwargs=plain, **plain)
out(attempt(sentinel.master_for("mymaster").ping))
"""
MONGO = """
import logging, pymongo
codes = []
class Keep(logging.Handler):
    def emit(self, record):
        codes.append(json.loads(record.getMessage())["code"])
logging.getLogger("env_config.audit").addHandler(Keep())
guard("enforce")
client = pymongo.MongoClient(f"mongodb://{sys.argv[1]}:{sys.argv[2]}/?replicaSet=rs", serverSelectionTimeoutMS=1500)
attempt(lambda: client.admin.command("ping"))
out(sorted(set(codes)))
"""
LIES = """
real = socket.getaddrinfo
def lying(host, *arguments, **keywords):
    return real("127.0.0.77" if host == "stage-db.hackney.test" else host, *arguments, **keywords)
socket.getaddrinfo = lying
"""


def answering(monkeypatch: pytest.MonkeyPatch, rows: list[Any]) -> Checkpoint:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **keywords: rows)
    return Checkpoint(Policy(corpus_book()), "enforce")


def row(address: str, canonical_name: str = "") -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, canonical_name, (address, 5432))


def test_a_sentinel_that_names_production_as_master_is_not_followed() -> None:
    """The configured address is staging's; the reply is production's."""
    with Listener(PRODUCTION) as production, RedisServer(STAGING, master=(PRODUCTION, production.port)) as sentinel:
        (refused,) = run_code(SENTINEL, STAGING, sentinel.port)
    assert (refused["code"], production.accepted) == ("PEER_PROD", 0)


def test_members_that_a_mongodb_server_names_are_judged_one_by_one() -> None:
    """The monitor's connection to the production member is refused in its own thread, and recorded."""
    with (
        Listener(PRODUCTION) as production,
        MongoServer(STAGING, others=[f"{PRODUCTION}:{production.port}"]) as server,
    ):
        (codes,) = run_code(MONGO, STAGING, server.port)
    assert (codes, production.accepted) == (["PEER_PROD"], 0)


def test_an_own_name_that_resolves_to_production_is_caught_when_python_connects() -> None:
    """A wrong line in the hosts file: the name is right, the answer is wrong."""
    code = (
        LIES
        + """
guard("enforce")
out(attempt(lambda: socket.create_connection(("stage-db.hackney.test", int(sys.argv[1])))))
"""
    )
    with Listener(PRODUCTION) as production:
        (refused,) = run_code(code, production.port)
    assert (refused["code"], production.accepted) == ("PEER_PROD", 0)


@pytest.mark.parametrize(
    "call", ("psycopg2.connect(dsn)", "psycopg.connect(dsn)", "adbc_driver_postgresql.dbapi.connect(uri)")
)
def test_an_own_name_that_resolves_to_production_is_caught_before_libpq_asks(call: str) -> None:
    """Drivers that resolve in C are not believed: the answer they will get is judged first."""
    code = (
        LIES
        + f"""
import psycopg, psycopg2, adbc_driver_postgresql.dbapi
guard("enforce")
dsn = f"host=stage-db.hackney.test port={{sys.argv[1]}} connect_timeout=2"
uri = f"postgresql://stage-db.hackney.test:{{sys.argv[1]}}/x?connect_timeout=2"
out(attempt(lambda: {call}))
"""
    )
    with Listener(PRODUCTION) as production:
        (refused,) = run_code(code, production.port)
    assert (refused["code"] in ("PROD_DNS", "PEER_PROD"), production.accepted) == (True, 0)


@pytest.mark.parametrize(
    "call", ("grpc.insecure_channel(place)", "MySQLdb.connect(host=name, port=port, connect_timeout=2)")
)
def test_an_own_name_that_resolves_to_production_is_caught_before_other_libraries_in_c_ask(call: str) -> None:
    """The same for gRPC and mysqlclient."""
    if importlib.util.find_spec(call.partition(".")[0]) is None:
        pytest.skip("mysqlclient is not tried: there is no MySQLdb (make clients)")
    code = (
        LIES
        + f"""
import {call.partition(".")[0]}
guard("enforce")
name, port = "stage-db.hackney.test", int(sys.argv[1])
place = f"{{name}}:{{port}}"
out(attempt(lambda: {call}))
"""
    )
    with Listener(PRODUCTION) as production:
        (refused,) = run_code(code, production.port)
    assert (refused["code"] in ("PROD_DNS", "PEER_PROD"), production.accepted) == (True, 0)


def test_an_alias_of_production_is_a_dns_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The staging name is a CNAME of the production server."""
    checkpoint = answering(monkeypatch, [row("192.0.2.9", "prod-db.hackney.test")])
    with pytest.raises(TargetRefused) as refused:
        checkpoint.resolved("db.staging.hackney.test", 5432)
    assert refused.value.code == "PROD_DNS"


def test_an_answer_within_staging_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the name resolves to the environment's own address."""
    answering(monkeypatch, [row(STAGING, "stage-db.hackney.test")]).resolved("stage-db.hackney.test", 5432)


def test_a_name_that_nobody_knows_is_left_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be resolved cannot be reached; the client says so in its own words."""
    checkpoint = answering(monkeypatch, [])

    def nobody(*_arguments: object, **_keywords: object) -> list[Any]:
        raise socket.gaierror("nobody knows it")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    checkpoint.resolved("stage-db.hackney.test", 5432)


@pytest.mark.parametrize("client", ("psycopg2_hostaddr", "psycopg2_pghostaddr", "psycopg_pghost"))
def test_libpq_is_judged_by_everything_it_would_use(client: str) -> None:
    """A hostaddr in the string and PG* variables lead libpq elsewhere than the host it names."""
    with Listener(PRODUCTION) as production:
        (refused,) = run_client(client, (PRODUCTION, production.port))
    assert (refused["code"], production.accepted) == ("PEER_PROD", 0)


def test_a_host_shared_by_port_is_judged_where_the_port_is_known() -> None:
    """Asking the resolver for the host alone says nothing; connecting to production's port of it does."""
    checkpoint = Checkpoint(Policy(corpus_book()), "enforce")
    checkpoint.resolving("redshift.hackney.example", None)
    checkpoint.place("redshift.hackney.example", 5440)
    with pytest.raises(TargetRefused):
        checkpoint.place("redshift.hackney.example", 5439)


def test_a_name_without_a_domain_is_left_to_its_address() -> None:
    """At connect time the answer is judged, so a container's short name is no reason to refuse."""
    Checkpoint(Policy(corpus_book()), "enforce").place("localstack", 4566)


def test_uvloop_without_a_port_is_judged_by_the_host() -> None:
    """A host without a port is no path."""
    code = """
import asyncio, uvloop
guard("enforce")
async def connect():
    await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.77")
out(attempt(lambda: uvloop.run(connect()))["code"])
"""
    assert run_code(code) == ["PEER_PROD"]
