"""The audit hook: which events it judges, what it remembers, and that it does no harm."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from env_config.errors import Refusal, TargetRefused
from env_config.guards import audit_hook
from env_config.guards.audit_hook import SocketWatch
from env_config.guards.checkpoint import Checkpoint
from env_config.policy import Policy
from tests.env_config.books import corpus_book
from tests.env_config.guarded_runs import run_code
from tests.env_config.listeners import PRODUCTION, STAGING, Listener


class Counting(Policy):
    asked = 0

    def judge_peer(self, address: str, port: int | None) -> Any:
        self.asked += 1
        return super().judge_peer(address, port)


def watch(policy: Policy | None = None, mode: str = "enforce") -> SocketWatch:
    return SocketWatch(Checkpoint(policy or Policy(corpus_book()), mode))


ADDRESSES: list[object] = [
    (PRODUCTION, 80),
    ("2130706509", 80),
    ("0x7f00004d", 80),
    ("127.77", 80),
    ("①②⑦.0.0.77", 80),
    (b"127.0.0.77", 80),
    (bytearray(b"127.0.0.77"), 80),
    ("::ffff:127.0.0.77", 80, 0, 0),
    ("2001:db8:77::5", 80, 0, 0),
    ("2001:db8:77::5%lo", 80, 0, 0),
    ("10.120.32.9", 80),
]


@pytest.mark.parametrize("address", ADDRESSES, ids=repr)
@pytest.mark.parametrize("event", ("socket.connect", "socket.sendto", "socket.sendmsg"))
def test_every_spelling_of_a_production_address_is_refused(event: str, address: Any) -> None:
    """As the kernel would read it, not as it is written."""
    with pytest.raises(TargetRefused) as refused:
        watch().handlers[event]((None, address))
    assert refused.value.code == "PEER_PROD"


@pytest.mark.parametrize(
    "address",
    (
        (STAGING, 5432),
        ("127.0.0.1", 9),
        ("::1", 9, 0, 0),
        "/run/postgresql/.s.PGSQL.5432",
        b"\0abstract",
        bytearray(b"/tmp/x"),
    ),
    ids=repr,
)
def test_other_addresses_pass(address: Any) -> None:
    """Control: staging, loopback, unix sockets and abstract names."""
    watch().handlers["socket.connect"]((None, address))


@pytest.mark.parametrize(
    "name", ("prod-db.hackney.test", "PROD-DB.hackney.test.", b"prod-db.hackney.test", "api.prod.hackney.example")
)
def test_production_names_are_not_even_resolved(name: Any) -> None:
    """Asked for by any port, or without one."""
    for arguments in ((name, 5432, 0, 0, 0), (name, None, 0, 0, 0), (name, "postgresql", 0, 0, 0)):
        with pytest.raises(TargetRefused):
            watch().handlers["socket.getaddrinfo"](arguments)
    with pytest.raises(TargetRefused):
        watch().handlers["socket.gethostbyname"]((name,))


@pytest.mark.parametrize("name", (None, "", "localhost", "stage-db.hackney.test", "vm", "127.0.0.77"))
def test_other_questions_pass(name: Any) -> None:
    """Control. A number is no question: it is judged when somebody connects there."""
    watch().handlers["socket.getaddrinfo"]((name, 80, 0, 0, 0))


def test_an_address_is_judged_once() -> None:
    """Repeated connects to a fine place cost a look into a set."""
    policy = Counting(corpus_book())
    handler = watch(policy).handlers["socket.connect"]
    for _ in range(5):
        handler((None, (STAGING, 5432)))
    assert policy.asked == 1


def test_a_refused_address_is_refused_every_time() -> None:
    """Nothing about a refusal is remembered as fine."""
    handler = watch().handlers["socket.connect"]
    for _ in range(3):
        with pytest.raises(TargetRefused):
            handler((None, (PRODUCTION, 5432)))


def test_a_hermetic_policy_is_asked_every_time() -> None:
    """Ports open and close while a test runs."""
    opened: set[int] = set()
    handler = watch(Policy(corpus_book(), hermetic=True, opened_ports=lambda: opened)).handlers["socket.connect"]
    opened.add(5432)
    handler((None, ("127.0.0.1", 5432)))
    opened.clear()
    with pytest.raises(TargetRefused):
        handler((None, ("127.0.0.1", 5432)))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that talks to many peers does not grow for it."""
    monkeypatch.setattr(audit_hook, "CACHE_LIMIT", 8)
    watched = watch()
    for port in range(1, 100):
        watched.handlers["socket.connect"]((None, ("127.0.0.1", port)))
    assert len(watched._fine) <= 8


def test_addresses_of_other_families_are_nobodys_business() -> None:
    """Netlink, packet and virtual-machine sockets lead to no server of the book."""
    handler = watch().handlers["socket.connect"]
    with socket.socket(socket.AF_UNIX) as local:
        handler((local, "/tmp/x"))
    handler((None, (0, 0)))
    handler((None, ("can0",)))


@pytest.mark.parametrize("path", ("s", b"run/s", "./prod-db.hackney.test"))
def test_a_relative_path_of_a_unix_socket_is_no_name(path: str | bytes) -> None:
    """Not even where it looks like production's, and not in a hermetic process, which has its own sockets."""
    hermetic = Policy(corpus_book("test"), hermetic=True, opened_ports=lambda: ())
    with socket.socket(socket.AF_UNIX) as local:
        watch().handlers["socket.connect"]((local, path))
        watch(hermetic).handlers["socket.connect"]((local, path))


def test_a_name_given_to_connect_is_judged_and_resolved() -> None:
    """One event, with the name: the socket has resolved it unseen."""
    with pytest.raises(TargetRefused) as refused:
        watch().handlers["socket.connect"]((None, ("prod-db.hackney.test", 5432)))
    assert refused.value.code == "PROD_EXACT"


def test_report_mode_lets_pass(caplog: pytest.LogCaptureFixture) -> None:
    """It leaves a line instead of an exception."""
    watch(mode="report").handlers["socket.connect"]((None, (PRODUCTION, 80)))
    assert '"PEER_PROD"' in caplog.text


def test_a_refusal_is_a_permission_error_with_its_facts() -> None:
    """Code, environment, target, rule and hint; the target as the caller wrote it."""
    with pytest.raises(PermissionError) as refused:
        watch().handlers["socket.connect"]((None, (PRODUCTION, 80)))
    found = refused.value
    assert isinstance(found, Refusal)
    assert (found.environment, found.target) == ("staging", f"{PRODUCTION}:80")
    assert found.rule
    assert found.hint


def test_what_cannot_be_judged_is_not_let_through() -> None:
    """An error inside the guard is no way past it."""

    def broken(_arguments: tuple[Any, ...]) -> None:
        raise KeyError("bug")

    with pytest.raises(PermissionError):
        audit_hook._make_hook({"socket.connect": broken})("socket.connect", (None, ("127.0.0.1", 1)))


def test_other_events_return_at_once() -> None:
    """The hook asks nobody about an event that it does not know."""
    audit_hook._make_hook({})("open", ("/etc/hosts", "r", 0))


def test_connecting_works_while_the_interpreter_shuts_down() -> None:
    """At exit, and in finalisers that run when modules are gone."""
    code = """
import atexit
guard("enforce")
class Late:
    def __del__(self, socket=socket, place=(sys.argv[1], int(sys.argv[2]))):
        socket.socket().connect_ex(place)
keep = Late()
keep.itself = keep
atexit.register(lambda: socket.socket().connect_ex((sys.argv[1], int(sys.argv[2]))))
"""
    with Listener(STAGING) as staging:
        run_code(code, STAGING, staging.port)
    assert staging.accepted >= 1


def test_a_log_handler_that_connects_does_not_loop() -> None:
    """The line about a refusal goes to a log server in production: refused as well, but not recorded again."""
    code = """
import logging
emitted = []
class LogServer(logging.Handler):
    def emit(self, record):
        emitted.append(attempt(lambda: socket.create_connection(("127.0.0.77", 1), 1))["code"])
logging.getLogger("env_config.audit").addHandler(LogServer())
guard("enforce")
out([attempt(lambda: socket.create_connection(("127.0.0.77", 2), 1))["code"], emitted])
"""
    assert run_code(code) == [["PEER_PROD", ["PEER_PROD"]]]


def test_threads_and_forked_children_are_guarded() -> None:
    """The hook belongs to the interpreter, not to the thread that added it."""
    code = """
import os, threading
guard("enforce")
place = (sys.argv[1], int(sys.argv[2]))
thread = threading.Thread(target=lambda: out(attempt(lambda: socket.socket().connect(place))))
thread.start(); thread.join()
sys.stdout.flush()
child = os.fork()
if child == 0:
    out(attempt(lambda: socket.socket().connect(place)))
    sys.stdout.flush()
    os._exit(0)
os.waitpid(child, 0)
"""
    with Listener(PRODUCTION) as production:
        answers = run_code(code, PRODUCTION, production.port)
    assert [answer["code"] for answer in answers] == ["PEER_PROD", "PEER_PROD"]
    assert production.accepted == 0


def test_ordinary_local_sockets_go_on_working() -> None:
    """Socket pairs, an event loop, a manager process and a debug adapter on loopback."""
    code = """
import asyncio, multiprocessing
guard("enforce")
socket.socketpair()
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname()).close()
asyncio.run(asyncio.sleep(0))
with multiprocessing.get_context("fork").Manager() as manager:
    manager.dict()["x"] = 1
out("fine")
"""
    assert run_code(code) == ["fine"]


def test_installing_twice_adds_one_hook() -> None:
    """A second installation brings another policy, not another hook."""
    code = """
added = []
real, sys.addaudithook = sys.addaudithook, lambda hook: (added.append(hook), real(hook))
guard("enforce"); guard("report"); guard("enforce")
out([len(added), attempt(lambda: socket.socket().connect(("127.0.0.77", 1)))["code"]])
"""
    assert run_code(code) == [[1, "PEER_PROD"]]
