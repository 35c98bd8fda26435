"""A guard that does not bite is found out, whatever put it to sleep."""

from __future__ import annotations

import pytest

from env_config.errors import GuardInactive
from env_config.guards import ambient
from env_config.guards.self_test import SENTINEL_ADDRESS, Tripwired, check_policy, expect_refusal
from env_config.policy import Policy
from env_config.verdict import Judgement
from tests.env_config.books import corpus_book
from tests.env_config.guarded_runs import run_code

PROVE = """
import adbc_driver_manager, psycopg, psycopg2, httpx, requests, redis, grpc, curl_cffi, sqlalchemy, uvloop, botocore.client, asyncpg
import importlib.util
if importlib.util.find_spec("MySQLdb"):  # built from source: see `make clients`
    import MySQLdb
from env_config import guards
guard("enforce")
{act}
broken = {{status.name: status.detail for status in guards.statuses() if status.mode != "off" and not status.bites}}
out([sorted(broken), attempt(guards.prove)["code"]])
"""

ASLEEP = {
    "the hook's code is swapped": (
        "audit-hook",
        """
import gc, types
for one in gc.get_objects():
    if isinstance(one, types.FunctionType) and one.__name__ == "hook" and one.__module__.endswith("audit_hook"):
        one.__code__ = (lambda event, arguments: None).__code__.replace(co_freevars=one.__code__.co_freevars)
""",
    ),
    "the hook's handlers are gone": (
        "audit-hook",
        "from env_config.guards import audit_hook; audit_hook.GUARD.handlers.clear()",
    ),
    "one event is forgotten": (
        "audit-hook",
        "from env_config.guards import audit_hook; del audit_hook.GUARD.handlers['socket.sendto']",
    ),
    "a module function is put back": ("psycopg2", "psycopg2.connect = psycopg2.connect.__wrapped__"),
    "a method is put back": (
        "httpx",
        "httpx.HTTPTransport.handle_request = httpx.HTTPTransport.handle_request.__wrapped__",
    ),
    "a wrapper's code is swapped": (
        "requests",
        """
wrapper = requests.adapters.HTTPAdapter.send
wrapper.__code__ = (lambda *arguments, **keywords: None).__code__.replace(co_freevars=wrapper.__code__.co_freevars)
""",
    ),
    "the check behind a wrapper is swapped": (
        "redis",
        """
import gc, types
for one in gc.get_objects():
    if isinstance(one, types.FunctionType) and one.__module__ == "env_config.guards.drivers.redis" and one.__name__ == "connect":
        one.__code__ = (lambda *arguments, **keywords: None).__code__.replace(co_freevars=one.__code__.co_freevars)
""",
    ),
    "the outer of two wrappers is put back": (
        "psycopg",
        "psycopg.Connection.connect = classmethod(psycopg.Connection.connect.__func__.__wrapped__)",
    ),
    "a class is put back": (
        "adbc_driver_manager",
        "adbc_driver_manager.AdbcDatabase = adbc_driver_manager.AdbcDatabase.__bases__[0]",
    ),
    "a listener is removed": (
        "sqlalchemy",
        """
from env_config.guards import drivers
for one in drivers.GUARDS:
    if one.name == "sqlalchemy":
        one._patches[0].undo()
""",
    ),
    "the import watch is gone": (
        "imports",
        "from env_config.guards.drivers import imports; sys.meta_path.remove(imports.GUARD.watch)",
    ),
}


@pytest.mark.parametrize("way", list(ASLEEP))
def test_a_guard_that_was_put_to_sleep_is_found_by_its_own_test(way: str) -> None:
    """The guard is named, and going on is refused with GUARD_INACTIVE."""
    name, act = ASLEEP[way]
    ((broken, code),) = run_code(PROVE.format(act=act))
    assert name in broken
    assert code == "GUARD_INACTIVE"


def test_guards_that_are_awake_say_so() -> None:
    """Control: nothing was done to them, and every one bites."""
    ((broken, code),) = run_code(PROVE.format(act="pass"))
    assert (broken, code) == ([], "")


def test_the_guards_are_proved_when_they_are_installed() -> None:
    """A hook that cannot refuse stops the start, before anything else happens."""
    code = """
from env_config.guards import audit_hook
audit_hook._make_hook = lambda handlers: lambda event, arguments: None
out(attempt(lambda: guard("enforce")))
"""
    (refused,) = run_code(code)
    assert refused["code"] == "GUARD_INACTIVE"


def test_a_library_that_looks_different_cannot_be_imported_unguarded() -> None:
    """A new version without the wrapped function: the import fails instead of the guard falling silent."""
    code = """
import types
guard("enforce")
from env_config.guards.drivers import asyncpg
asyncpg.part = lambda name: types.ModuleType(name)
def load():
    import asyncpg
out(attempt(load))
"""
    (refused,) = run_code(code)
    assert refused["code"] == "GUARD_INACTIVE"


def test_doctor_tries_every_library_that_is_installed() -> None:
    """It imports them for that; each wrapper bites, and the guard of process trees is tried on a child."""
    code = """
from env_config import guards
from env_config.policy import Policy
out([[one.name, one.layer, one.bites, one.detail] for one in guards.examine(Policy(corpus_book()))])
"""
    (rows,) = run_code(code)
    asleep = [row for row in rows if not row[2] and row[1] != "processes"]
    waiting = [row for row in rows if "waits for the import" in row[3]]
    assert (asleep, waiting) == ([], [])
    assert {"ambient", "audit-hook", "imports", "psycopg", "grpc", "processes"} <= {row[0] for row in rows}


def test_a_layer_that_the_book_turns_off_is_shown_as_off() -> None:
    """Off is off: neither installed nor counted as broken."""
    code = """
from env_config import guards
guard("off")
out(sorted({(one.mode, one.bites) for one in guards.statuses() if one.layer == "connects"}))
"""
    ((found,),) = run_code(code)
    assert found == ["off", False]


def test_a_guard_in_report_mode_still_refuses_its_own_sentinel() -> None:
    """Reporting lets clients through, and is proved alive all the same."""
    code = """
from env_config import guards
guard("report")
out(sorted({one.bites for one in guards.statuses() if one.layer == "connects"}))
"""
    assert run_code(code) == [[True]]


def test_no_packet_leaves_for_a_self_test() -> None:
    """With the guards' judging removed, every provocation still fails inside this machine."""
    code = """
import socket
from env_config.guards import audit_hook
for act in (audit_hook._connect_path, audit_hook._connect_datagram):
    out(attempt(act)["error"] or "connected")
"""
    path, datagram = run_code(code)
    assert path == "FileNotFoundError"
    assert datagram in ("OSError", "connected")  # no route, or a datagram socket that has a peer and sent nothing


class _Forgetful(Policy):
    """Compares with the wrong, empty list."""

    def judge_peer(self, address: str, port: int | None) -> Judgement:
        return Judgement()

    def judge_name(self, name: str, port: int | None) -> Judgement:
        return Judgement()


def test_a_policy_that_knows_no_production_is_found() -> None:
    """The guard is alive, but what it asks lets production through."""
    with pytest.raises(GuardInactive):
        check_policy("any", _Forgetful(corpus_book()))


def test_the_real_policy_passes_the_same_test() -> None:
    """Control."""
    check_policy("any", Policy(corpus_book()))


def test_a_provocation_that_goes_through_is_reported() -> None:
    """No exception, or one that is no refusal of the sentinel, means that the guard is asleep."""
    with pytest.raises(GuardInactive, match="let its own sentinel through"):
        expect_refusal("any", lambda: None)
    with pytest.raises(GuardInactive, match="ZeroDivisionError"):
        expect_refusal("any", lambda: 1 / 0)


def test_a_refusal_inside_a_clients_own_exception_counts() -> None:
    """Clients wrap what their sockets raise."""
    refusal = Tripwired(Policy(corpus_book())).judge_peer(SENTINEL_ADDRESS, 9).refusal()

    def wrapped() -> None:
        raise ConnectionError("failed") from refusal

    expect_refusal("any", wrapped)


def test_the_ambient_guard_proves_itself_with_a_variable() -> None:
    """Its rules are what finds the sentinel; without them it does not bite."""
    guard = ambient.AmbientGuard()
    guard.install(Policy(corpus_book()), "enforce")
    guard.self_test()
    guard.remove()
    with pytest.raises(GuardInactive):
        guard.self_test()
