"""Cases about a process: which layer sees a client library, a child, a test, a guard that went to sleep."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from env_config.verdict import DENY, REFUSE
from tests.env_config.client_paths import PATHS
from tests.env_config.guarded_client import CLIENTS
from tests.env_config.hermetic_projects import is_installed
from tests.env_config.listeners import PRODUCTION, Listener

from . import commands, network
from .corpus import Case, Outcome, UnknownToTheRunner
from .world import World

WAYS: tuple[tuple[str, str, str], ...] = (
    (r"uvloop", "asyncpg on uvloop", "asyncpg_uvloop"),
    (r"psycopg2\.connect", "psycopg2", "psycopg2"),
    (r"psycopg\.connect", "psycopg by number", "psycopg"),
    (r"MySQLdb\.connect", "mysqlclient", "mysqlclient"),
    (r"pymysql\.connect", "PyMySQL", "pymysql"),
    (r"asyncpg\.connect", "asyncpg", "asyncpg"),
    (r"adbc_driver", "ADBC PostgreSQL", "adbc"),
    (r"grpc\.", "gRPC", "grpc"),
    (r"S3FileSystem", "PyArrow S3", ""),
    (r"flight", "PyArrow Flight", ""),
    (r"pycurl", "pycurl", ""),
    (r"curl_cffi", "curl_cffi", "curl_cffi"),
    (r"subprocess\.", "psql", ""),
    (r"get_context\('spawn'\)|spawn", "multiprocessing spawn", "spawned_child"),
    (r"forkserver", "multiprocessing forkserver", "forkserver_child"),
    (r"subinterpreters|interpreters\.", "subinterpreter", ""),
    (r"ctypes\.", "ctypes connect", ""),
    (r"sendto", "UDP sendto", "udp_sendto"),
    (r"sendmsg", "UDP sendmsg", "udp_sendmsg"),
    (r"_socket\.", "_socket", "c_socket"),
    (r"aiohttp", "aiohttp", "aiohttp"),
    (r"redis\.", "redis", "redis"),
    (r"pymongo|MongoClient", "pymongo", "pymongo"),
    (r"pg8000", "pg8000", "pg8000"),
    (r"boto3", "boto3", "boto3"),
    (r"smtplib", "smtplib", "smtplib"),
    (r"gevent", "gevent", "gevent_socket"),
)
"""What a case's text names: the client path of the process tree, and the client that Python's layer guards."""

LOCAL = re.compile(
    r"socketpair|debug adapter|event loop|self-connect|xdist|pytest -n|(?:fixture|test) (?:opens|opened|starts)"
)
"""Uses of this machine by the process itself, described in words."""
NAMED_PLACE = re.compile(r"\('(?P<host>[a-z][\w.-]+\.[a-z]+)', *\d+\)")
ASLEEP = """
import gc, types
from env_config import guards
for one in gc.get_objects():
    if isinstance(one, types.FunctionType) and one.__module__ == "env_config.guards.audit_hook" and one.__name__ == "hook":
        one.__code__ = (lambda event, arguments: None).__code__.replace(co_freevars=one.__code__.co_freevars)
guards.prove()
"""
LOCAL_USES = """
import socket, asyncio, multiprocessing
left, right = socket.socketpair()
listener = socket.create_server(("127.0.0.1", 0))
adapter = socket.create_connection(listener.getsockname())
asyncio.run(asyncio.sleep(0))
with multiprocessing.get_context("fork").Manager() as manager:
    manager.dict()["x"] = 1
"""


def ran(case: Case, world: World) -> Outcome:
    """Run the case's process for real."""
    if not isinstance(case.input, str):
        return commands.steps(case, world)
    if case.environment == "test":
        return _as_test(case, world)
    if re.search(r"hook code|failed to load|silently", case.input + case.title):
        return _guarded(ASLEEP, case, world, REFUSE)
    if LOCAL.search(case.input):
        return _guarded(LOCAL_USES, case, world, DENY)
    if match := NAMED_PLACE.search(case.input):
        return _by_name(match["host"], case, world)
    for pattern, path, client in WAYS:
        if re.search(pattern, case.input):
            return _by_layers(case, path, client)
    return _as_written(case, world)


def _guarded(program: str, case: Case, world: World, verdict: str) -> Outcome:
    codes, _ = network.guarded(program, world, case.environment)
    return Outcome(verdict, tuple(codes)) if codes else Outcome("allow", ("OK",))


def _by_name(host: str, case: Case, world: World) -> Outcome:
    """The expression itself; the name is judged before anybody resolves it."""
    codes, _ = network.guarded(f"import socket, _socket\n{case.input}", world, case.environment)
    seen = frozenset({"audit_hook"}) if codes else frozenset()
    return Outcome(DENY if codes else "allow", tuple(codes) or ("OK",), detected_by=seen)


def _as_written(case: Case, world: World) -> Outcome:
    """Any other expression is run as it stands, with the modules that it names imported."""
    imports = "".join(f"import {name}\n" for name in _modules(case))
    with Listener(PRODUCTION) as production:
        program = imports + _led_to(production.port, case.input)
        codes, _ = network.guarded(program, world, case.environment)
        production.settle()
        return network.outcome(codes, production.accepted)


def _led_to(port: int, text: str) -> str:
    """The expression with the port of the listener that plays production here, wherever it names production's address."""
    host = re.escape(PRODUCTION)
    text = re.sub(rf"({host}'?, *(?:port=)?)\d+", rf"\g<1>{port}", text)
    text = re.sub(rf"(host=['\"]{host}['\"])(?!, *port)", rf"\g<1>, port={port}", text)
    return re.sub(rf"({host})(?::\d+)?(?=[/?])", rf"\g<1>:{port}", text)


def _modules(case: Case) -> list[str]:
    """The modules that an expression names, every one of which has to be there."""
    try:
        tree = ast.parse(case.input)
    except SyntaxError as error:
        raise UnknownToTheRunner(f"{case.id}: this is not Python, and no known client: {case.input!r}") from error
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(dir(builtins))
    dotted = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    written = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound |= {(alias.asname or alias.name).partition(".")[0] for node in written for alias in node.names}
    unknown = [name for name in names - bound if importlib.util.find_spec(name) is None]
    if unknown or not (names or written):
        raise UnknownToTheRunner(f"{case.id}: nobody knows {', '.join(sorted(unknown)) or case.input!r}")
    return sorted({*(names - bound), *(name for name in dotted if _is_module(name))})


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


# ---------------------------------------------------------------------------------------------------- layer by layer


def _by_layers(case: Case, path: str, client: str) -> Outcome:
    """The client under each layer that can be tried here; production must be reached under none that is to stop it."""
    detected: set[str] = set()
    missed: set[str] = set()
    codes: list[str] = []
    tried = [("seccomp", lambda port: _under_tree("seccomp", path, port))]
    if PATHS[path].preload:
        tried.append(("ld_preload", lambda port: _under_tree("preload", path, port)))
    if client:
        layer = (
            "loop_wrapper" if "uvloop" in client else "bootstrap_in_child" if "child" in client else "driver_wrapper"
        )
        hooked = client.startswith(("udp", "c_socket", "socket"))
        tried.append(("audit_hook" if hooked else layer, lambda port: _under_python(client, port)))
    for layer, attempt in tried:
        with Listener(PRODUCTION, udp=PATHS[path].udp) as production:
            found = attempt(production.port)
            production.settle()
            (missed if production.accepted or not found else detected).add(layer)
            codes += found
    if missed - {"bootstrap_in_child"}:
        raise AssertionError(f"{case.id}: {', '.join(sorted(missed))} let {path} through to production")
    return Outcome(DENY, tuple(dict.fromkeys(codes)), detected_by=frozenset(detected), missed_by=frozenset(missed))


def _under_tree(via: str, path: str, port: int) -> list[str]:
    """The codes in the audit lines of the supervised tree."""
    if PATHS[path].missing:
        pytest.skip(f"{path} cannot be tried on this platform: there is no {PATHS[path].missing}")
    program = (
        "import sys\n"
        "from env_config.guards.processes import run_guarded\n"
        "from env_config.policy import Policy\n"
        "from tests.env_config.books import corpus_book\n"
        f"sys.exit(run_guarded(sys.argv[1:], Policy(corpus_book()), via={via!r}))"
    )
    inner = f"from tests.env_config.client_paths import PATHS; PATHS[{path!r}].attempt({PRODUCTION!r}, {port})"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    command = [sys.executable, "-c", program, sys.executable, "-c", inner]
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    if "GUARD_INACTIVE" in answer.stderr:
        pytest.skip(f"{via} does not work on this platform: {answer.stderr.strip()[-300:]}")
    return re.findall(r'"code": ?"([A-Z_]+)"', answer.stderr)


def _under_python(client: str, port: int) -> list[str]:
    missing = [name for name in CLIENTS[client][0] if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{client} cannot be tried on this platform: there is no module {', '.join(missing)}")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    command = [sys.executable, "-m", "tests.env_config.guarded_client", client, PRODUCTION, str(port)]
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    found = json.loads(answer.stdout.splitlines()[-1])
    return [found["code"]] if found.get("code") else []


def _as_test(case: Case, world: World) -> Outcome:
    """The expression as a test of its own, under the pytest plugin."""
    folder = world.folder / f"hermetic-{case.id}"
    folder.mkdir(exist_ok=True)
    spread = ["-n", "2"] if re.search(r"xdist|pytest -n", case.input) else []
    if LOCAL.search(case.input):
        body = LOCAL_USES
    else:
        body = "".join(f"import {name}\n" for name in _modules(case)) + case.input
    text = (
        "import pathlib\n"
        "from tests.env_config.threats.guarded import codes_of\n"
        "def test_it():\n"
        "    try:\n"
        f"{textwrap.indent(body, '        ')}\n"
        "    except BaseException as error:\n"
        f"        pathlib.Path({str(folder / 'codes')!r}).write_text(' '.join(codes_of(error)))\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])}
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER"):
        environ.pop(name, None)
    plugin = [] if is_installed() else ["-p", "env_config.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", *plugin, *spread, "-q", "-s", "-p", "no:cacheprovider", str(folder)]
    with Listener(PRODUCTION) as production:
        (folder / "test_it.py").write_text(_led_to(production.port, text), encoding="utf-8")
        answer = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        production.settle()
    written = folder / "codes"
    if not written.exists() and answer.returncode:
        raise AssertionError(f"{case.id}: the hermetic run failed: {answer.stdout}{answer.stderr}")
    return network.outcome(written.read_text().split() if written.exists() else [], production.accepted)
