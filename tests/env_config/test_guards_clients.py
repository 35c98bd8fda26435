"""Client libraries under the connect guards: who got through is counted at the listeners."""

from __future__ import annotations

import importlib.util

import pytest

from tests.env_config.guarded_client import CLIENTS
from tests.env_config.guarded_runs import run_client
from tests.env_config.listeners import PRODUCTION, STAGING, Listener

FIRST = (
    "adbc",
    "boto3",
    "curl_cffi",
    "grpc",
    "httpx",
    "mysqlclient",
    "psycopg",
    "psycopg2",
    "pymongo",
    "redis",
    "uvloop_stream",
)
"""Clients that are also tried with the guards in force before the library is imported."""
NO_NAME = {"socket_ipv6_mapped", "c_socket", "udp_sendmsg"}
"""Their sockets resolve a name in C, and tell only then; without an answer to the name there is nothing to refuse."""
FROM_SOURCE = {"MySQLdb"}
"""Has no wheel: `make clients` builds it where a compiler and MySQL's headers are."""
RUNS = [(name, ()) for name in CLIENTS] + [(name, ("--first",)) for name in FIRST]


def is_datagram(name: str) -> bool:
    return name.startswith("udp") or "datagram" in name


@pytest.mark.parametrize(("name", "flags"), RUNS, ids=[f"{name}{'-first' if flags else ''}" for name, flags in RUNS])
def test_a_client_is_kept_from_production_and_let_through_to_staging(name: str, flags: tuple[str, ...]) -> None:
    """By number and by a name that has no address: production's listener counts nobody, staging's counts the control."""
    if absent := [module for module in CLIENTS[name][0] if importlib.util.find_spec(module) is None]:
        pytest.skip(f"{name} is not tried: there is no {', '.join(absent)} (make clients)")
    udp = is_datagram(name)
    with Listener(PRODUCTION, udp=udp) as production, Listener(STAGING, udp=udp) as staging:
        places = ((PRODUCTION, production.port), ("prod-db.hackney.test", 5432), (STAGING, staging.port))
        by_number, by_name, _allowed = run_client(name, *places, flags=flags)
    assert (by_number["code"], production.accepted) == ("PEER_PROD", 0)
    assert name in NO_NAME or by_name["code"] == "PROD_EXACT"
    assert staging.accepted >= 1


def test_every_client_library_of_the_matrix_is_installed() -> None:
    """No client is left out in silence."""
    modules = {module for needed, _ in CLIENTS.values() for module in needed}
    assert {module for module in modules if importlib.util.find_spec(module) is None} <= FROM_SOURCE


def test_without_the_guards_the_clients_do_reach_production() -> None:
    """What the other tests count is due to the guards."""
    for name in ("socket_connect", "psycopg2", "grpc", "spawned_child", "uvloop_stream"):
        with Listener(PRODUCTION) as production:
            run_client(name, (PRODUCTION, production.port), flags=("--mode", "off"))
        assert production.accepted >= 1, name


def test_report_mode_lets_through_and_says_so() -> None:
    """The connection is made, and no error reaches the client."""
    with Listener(PRODUCTION) as production:
        (reported,) = run_client("socket_connect", (PRODUCTION, production.port), flags=("--mode", "report"))
    assert (reported["error"], production.accepted) == ("", 1)
