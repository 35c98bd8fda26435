"""The pytest plugin: tests reach nothing but this machine, and of it only what they opened or declared.

It is active wherever it is installed, since a guard that must be asked for is forgotten. A project that does not want it
says so where everybody sees it, in pytest's configuration: ``env_config_hermetic = false``. No variable turns it off.

=====================================  =============================================================================
``env_config_hermetic = false``        this project's tests are not hermetic
``env_config_fakes``                   one fake on each line: ``fake-db = postgresql://127.0.0.1:5433/social_care``
``env_config_book = PATH``             the compiled book of the environment ``test``, or its folder
``@pytest.mark.uses("fake-db")``       this test may reach a fake that the run did not start itself
``env_config_open_port(port)``         fixture: a port on loopback that something outside the run opened for it
``env_config_fake(name, url)``         fixture: for this test, ``address(name)`` leads to a fake it has started
``--hermetic=namespace``               run in a network of its own, which binds drivers in C and subprocesses as well
=====================================  =============================================================================
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .errors import Refusal

if TYPE_CHECKING:
    from .hermetic.run import HermeticRun

MODES = ("connects", "namespace")
_RUN = pytest.StashKey["HermeticRun"]()
_REMOTE = "env_config_attempts"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and settings."""
    group = parser.getgroup("env_config", "hermetic tests")
    group.addoption(
        "--hermetic",
        choices=MODES,
        default="connects",
        help="connects: this process's clients are stopped (the default); namespace: the tests get a network of their own",
    )
    parser.addini("env_config_hermetic", "tests reach nothing but this machine", type="bool", default=True)
    parser.addini("env_config_fakes", "fakes that tests may use: name = kind://host:port/database", type="linelist")
    parser.addini("env_config_book", "the compiled book of the environment test, or its folder", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Start the tests again in a network of their own where that was asked for."""
    if not _wanted(config) or config.getoption("--hermetic") != "namespace" or _is_worker(config):
        return None
    from .hermetic.namespace import UNAVAILABLE, is_isolated

    if is_isolated():
        return None
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)
    command = [sys.executable, "-m", "env_config.hermetic.namespace", "--", *_this_command(config)]
    code = subprocess.run(command, check=False).returncode
    if code == UNAVAILABLE:
        raise pytest.UsageError("--hermetic=namespace: this system gives no network namespace, so no test was run")
    return code


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put this process into the environment ``test``."""
    config.addinivalue_line("markers", "uses(*names): this test may reach these fakes of env_config's book of fakes")
    if not _wanted(config):
        return
    from .hermetic.run import HermeticRun, opened_book

    try:
        run = HermeticRun(opened_book(config.getini("env_config_fakes"), _book_path(config)))
        run.start()
    except Refusal as refusal:
        raise pytest.UsageError(f"env_config: {refusal}") from refusal
    config.stash[_RUN] = run
    config.pluginmanager.register(Hermetic(run), "env_config_hermetic")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the environment ``test`` again."""
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.stop()


def pytest_report_header(config: pytest.Config) -> str:
    """Say in which environment the tests run."""
    if config.stash.get(_RUN, None) is None:
        return "env_config: not hermetic, as this project's configuration says"
    from .hermetic.namespace import is_isolated

    where = "in a network of their own" if is_isolated() else "on this machine"
    return f"env_config: environment test, hermetic, {where}"


class Hermetic:
    """What happens around each test. Innermost, so that what is refused here is an error of the test like any other."""

    def __init__(self, run: HermeticRun) -> None:
        self._run = run

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, Any, Any]:
        """Importing a test module is the project's code as well."""
        with self._run.strict():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Grant the fakes that the test declares, before its fixtures need them."""
        names = [str(name) for mark in item.iter_markers("uses") for name in mark.args]
        with self._run.strict():
            self._run.begin(item.nodeid, dict.fromkeys(names))
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Look at the peers while the test still holds them."""
        with self._run.strict():
            result = yield
            self._run.check_peers()
            return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """Take the fakes away after the test's fixtures are gone."""
        with self._run.strict():
            try:
                return (yield)
            finally:
                self._run.end()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what was tried to the process that reports it."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_REMOTE] = self._run.attempts.rows()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker's tests tried."""
        self._run.attempts.take((getattr(node, "workeroutput", None) or {}).get(_REMOTE, ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """List every address that tests tried to reach, and what happened."""
        self._run.attempts.collect()
        lines = list(self._run.attempts.lines(verbose=config.get_verbosity() > 0))
        if lines and (config.get_verbosity() >= 0 or self._run.attempts.refused()):
            terminalreporter.section("addresses that tests tried to reach", sep="-")
            for line in lines:
                terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def env_config_open_port(request: pytest.FixtureRequest) -> Callable[[int], None]:
    """A function: declare that a port on loopback was opened for these tests, by a container say."""
    run = request.config.stash.get(_RUN, None)
    return (lambda port: None) if run is None else run.lineage.opened.add


@pytest.fixture
def env_config_fake(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], object]]:
    """A function: for this test, the service ``name`` is at ``url``, such as ``http://127.0.0.1:8081/api``."""
    run = request.config.stash.get(_RUN, None)
    if run is None:
        pytest.fail("env_config_fake needs hermetic tests: remove env_config_hermetic = false", pytrace=False)
    with ExitStack() as stack:
        yield lambda name, url: stack.enter_context(run.fake(name, url))


def _wanted(config: pytest.Config) -> bool:
    return bool(config.getini("env_config_hermetic"))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _book_path(config: pytest.Config) -> Path | None:
    path = str(config.getini("env_config_book"))
    return config.rootpath / path if path else None


def _this_command(config: pytest.Config) -> list[str]:
    """The command that started this run, or the same run as a command of its own if something else started it."""
    arguments = [str(argument) for argument in config.invocation_params.args]
    if config.invocation_params.plugins:
        raise pytest.UsageError("--hermetic=namespace: plugin objects cannot be handed to another process")
    if arguments == sys.argv[1:]:
        return [sys.executable, *sys.orig_argv[1:]]
    return [sys.executable, "-m", "pytest", *arguments]
