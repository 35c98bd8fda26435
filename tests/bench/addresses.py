"""The address library: what asking for an address costs, and what a guarded connection costs.

Figures of a few microseconds depend on the machine; each is shown beside something that everybody knows, measured in the
same run: a look-up in ``os.environ``, an unguarded connection.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

from env_config.authoring.compile import check_source
from env_config.authoring.ledger import Ledger
from env_config.authoring.proof import prove
from env_config.authoring.signing import new_key, signer
from env_config.authoring.source import parse_source
from env_config.book.codec import open_sealed, seal
from env_config.book.model import Service
from env_config.runtime import Runtime
from env_config.trust import Trust
from tests.env_config.books import corpus_book

from .measure import Measure

_REPEATS = 7
_ENTRIES = 1_500
_PROVED = 5_000
_NOW = 1_700_000_500


def _seconds_each(act: Callable[[], object], times: int) -> float:
    """The best of several rounds, in seconds for one call."""
    rounds = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - started) / times)
    return min(rounds)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="us-bench-") as name:
        yield Path(name)


def cached_address() -> Measure:
    """A second look-up of an address."""
    with _folder() as folder:
        _seal(folder, entries=10)
        runtime = Runtime(folder, environ=os.environ | {"ENV_CONFIG_ENVIRONMENT": "staging"}, clock=lambda: _NOW)
        os.environ["ENV_CONFIG_ENVIRONMENT"] = "staging"
        real = Runtime(folder, clock=lambda: _NOW)
        name = "social-care-db"
        each = _seconds_each(lambda: real.address(name), 100_000)
        environ = _seconds_each(lambda: os.environ.get("PATH"), 100_000)
        del os.environ["ENV_CONFIG_ENVIRONMENT"]
        assert runtime.address(name) == real._addresses[name]
    return Measure("cached address()", each * 1e6, 1, "µs", False, f"os.environ.get: {environ * 1e6:.2f} µs")


def _seal(folder: Path, *, entries: int) -> Path:
    book = corpus_book()
    many = {
        f"service-{number}": Service(f"service-{number}", "https", host=f"s{number}.staging.example", port=443)
        for number in range(entries)
    }
    new_key(folder / "signing.pem", trust=folder / "trust.json", purposes=("book",))
    path = folder / "staging.json"
    path.write_bytes(seal(replace(book, services={**book.services, **many}), signer(folder / "signing.pem")))
    (folder / "signing.pem").unlink()
    return path


def loaded_book() -> Measure:
    """Reading, verifying and opening a compiled book, and finding one service in it."""
    with _folder() as folder:
        path = _seal(folder, entries=_ENTRIES)
        trust = Trust.load(folder / "trust.json")
        raw = path.read_bytes()
        each = _seconds_each(
            lambda: open_sealed(path.read_bytes(), trust, now=_NOW).services[f"service-{_ENTRIES - 1}"], 20
        )
    return Measure(f"opening a book of {_ENTRIES:,} entries", each * 1e3, 5, "ms", False, f"{len(raw) / 1024:.0f} KiB")


def imported() -> Measure:
    """What ``from env_config import address`` adds to the start of Python."""
    with_it, without = [], []
    for _ in range(15):
        without.append(_start("pass"))
        with_it.append(_start("from env_config import address"))
    added = (median(with_it) - median(without)) * 1e3
    return Measure("importing env_config", added, 20, "ms", False, f"on {median(without) * 1e3:.0f} ms of bare Python")


def _start(program: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {os.getcwd()!r}); {program}"], env=environment, check=True)  # fmt: skip # noqa: PTH109 - where the benchmark was started is what is meant
    return time.perf_counter() - started


def proved_book() -> Measure:
    """Proving that three environments of many services do not overlap."""
    checked = check_source(parse_source(_large_source()), today=date(2026, 1, 1))
    assert not checked.problems and len(checked.source.entries) == 3 * _PROVED
    seconds = _seconds_each(lambda: prove(Ledger(checked.source, date(2026, 1, 1), {})), 1)
    return Measure(f"proof of 3 × {_PROVED:,} services", seconds, 1, "s", False, "against 41 ranges")


def _large_source() -> str:
    environments = {"production": 10, "staging": 20, "development": 30}
    lines = ["version: 1", "environments:"]
    for name, second in environments.items():
        protected = "true" if name == "production" else "false"
        ranges = ", ".join(f"10.{second}.{third}.0/24" for third in range(14 if protected == "true" else 13))
        lines.append(f"  {name}: {{protected: {protected}, only: {{cidrs: [{ranges}]}}}}")
    lines.append("services:")
    for number in range(_PROVED):
        each = ", ".join(f"{name}: {{host: s{number}.{name}.example, port: 443}}" for name in environments)
        lines.append(f"  service-{number}: {{kind: https, environments: {{{each}}}}}")
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------------------- connections


_PROGRAM = """
import socket, sys, time
from statistics import median
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def connecting():
    taken = []
    for number in range(count):
        one = socket.socket()
        started = time.perf_counter()
        one.connect((host, port))
        taken.append(time.perf_counter() - started)
        one.close()
    return median(taken[50:])
print(connecting())
if sys.argv[4:] == ["hook"]:
    from env_config.guards import audit_hook
    from env_config.policy import Policy
    from tests.env_config.books import corpus_book
    audit_hook.GUARD.install(Policy(corpus_book()), "enforce")
    audit_hook.GUARD.self_test()
    print(connecting())
"""


def guarded_connections() -> list[Measure]:
    """A connection on loopback: before and after Python's layer is in force, and under the process-tree layer."""
    with _accepting() as (host, port):
        hooked, supervised = [], []
        for _ in range(_REPEATS):
            before, after = _median_connects(host, port, "hook")
            hooked.append((after - before, before))
            (inside,) = _median_connects(host, port, supervised=True)
            supervised.append((inside - before, before))
    return [_added("Python", hooked, 5), _added("process-tree", supervised, 100)]


def _added(layer: str, pairs: list[tuple[float, float]], target: float) -> Measure:
    more, base = (median(column) * 1e6 for column in zip(*pairs, strict=True))
    return Measure(
        f"a connection under the {layer} layer", more, target, "µs more", False, f"on {base:.0f} µs, medians"
    )


def _median_connects(host: str, port: int, *how: str, supervised: bool = False) -> list[float]:
    command = [sys.executable, "-c", _PROGRAM, host, str(port), "2000", *how]
    if supervised:
        command = [sys.executable, "-m", "tests.bench.supervised", *command]
    ran = subprocess.run(command, capture_output=True, check=True, text=True)
    return [float(line) for line in ran.stdout.split()]


@contextmanager
def _accepting() -> Iterator[tuple[str, int]]:
    """A listener that accepts and forgets."""
    listener = socket.create_server(("127.0.0.66", 0), backlog=1024)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                listener.accept()[0].close()
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[:2]
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def measures() -> list[Measure]:
    """Every measure of the address library."""
    return [cached_address(), imported(), loaded_book(), proved_book(), *guarded_connections()]
