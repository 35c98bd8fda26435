"""A guard that does not bite starts nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from env_config.errors import GuardInactive
from env_config.policy import Policy
from env_config.verdict import Judgement

from .books import corpus_book

if sys.platform != "linux":
    pytest.skip("process trees are guarded on Linux only", allow_module_level=True)

from env_config.guards import processes
from env_config.guards.processes import decisions, library, opening, preload, syscall_filter
from env_config.guards.processes.front import prove

WAYS = ("seccomp", "preload")
TOUCH = shutil.which("touch") or "touch"
POLICY = Policy(corpus_book("staging"))


class Lenient(Policy):
    """Compares with the wrong list: nothing is production."""

    def judge_peer(self, address: str, port: int | None) -> Judgement:
        return Judgement()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Runs a command that leaves a mark, and gives the words of the refusal."""

    def run(policy: Policy = POLICY, *, via: str = "seccomp", mode: str = "enforce") -> str:
        mark = tmp_path / "mark"
        with pytest.raises(GuardInactive) as raised:
            processes.run_guarded([TOUCH, str(mark)], policy, via=via, mode=mode)
        assert raised.value.code == "GUARD_INACTIVE"
        assert not mark.exists()
        return raised.value.message

    return run


@pytest.mark.parametrize("mode", ["enforce", "report"])
@pytest.mark.parametrize("via", WAYS)
def test_healthy_guard(via: str, mode: str) -> None:
    """The self-test passes where the guard works, and says by which way."""
    assert prove(POLICY, via=via, mode=mode) == via


@pytest.mark.parametrize("via", WAYS)
def test_book_without_addresses(via: str) -> None:
    """A book that knows no address of production still has its mechanism proven, by the sentinel."""
    assert prove(Policy(corpus_book("staging", foreign=())), via=via) == via


@pytest.mark.parametrize("via", WAYS)
@pytest.mark.parametrize("mode", ["enforce", "report"])
def test_policy_that_compares_with_the_wrong_list(refused: Callable[..., str], via: str, mode: str) -> None:
    """A policy that lets the book's own production through is found out."""
    assert "refuses none of them" in refused(Lenient(corpus_book("staging")), via=via, mode=mode)


@pytest.mark.parametrize("via", WAYS)
def test_decision_that_lets_everything_through(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, via: str
) -> None:
    """A supervisor that answers yes to everything is found out."""
    monkeypatch.setattr(decisions.Decisions, "decide", lambda *arguments: 0)
    assert "was not seen" in refused(via=via)


@pytest.mark.parametrize("via", WAYS)
def test_refusal_that_does_not_hold(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, via: str) -> None:
    """A guard that only writes down, and thinks that it refuses, is found out."""
    decide = decisions.Decisions.decide
    monkeypatch.setattr(decisions.Decisions, "decide", lambda *arguments: decide(*arguments) * 0)
    assert "was not refused" in refused(via=via)


@pytest.mark.parametrize("call", ["connect", "sendto", "sendmsg", "sendmmsg"])
def test_filter_that_misses_a_call(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A filter that does not ask for one of the system calls is found out, and the call is named."""
    steps = syscall_filter.steps

    def without(machine: syscall_filter.kernel.Machine) -> list[tuple[str, syscall_filter.Step]]:
        blind = getattr(machine, call)
        return [
            (label, (operation, operand, "allow" if operand == blind else yes, no))
            for label, (operation, operand, yes, no) in steps(machine)
        ]

    monkeypatch.setattr(syscall_filter, "steps", without)
    assert f"self-test's {call} was not seen" in refused()


def test_library_that_does_nothing(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A preloaded library that intercepts nothing is found out."""
    (tmp_path / "nothing.c").write_text("int nothing;\n")
    monkeypatch.setattr(library, "SOURCE", tmp_path / "nothing.c")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "was not seen" in refused(via="preload")


@pytest.fixture
def no_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(syscall_filter, "install", refuse)


@pytest.mark.usefixtures("no_seccomp")
def test_kernel_that_refuses() -> None:
    """Where the kernel refuses to ask, ``auto`` takes the preloaded library."""
    assert prove(POLICY) == "preload"


@pytest.mark.usefixtures("no_seccomp")
def test_nothing_works(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where neither way works the command is not started, and the refusal says why of each."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    words = refused(via="auto")
    assert "seccomp is refused here" in words
    assert "no C compiler" in words


def test_compiler_that_fails(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library that cannot be compiled is a guard that is not there, and leaves no half of a file."""
    (tmp_path / "broken.c").write_text("int broken(\n")
    monkeypatch.setattr(library, "SOURCE", tmp_path / "broken.c")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "cannot build" in refused(via="preload")
    assert list((tmp_path / "cache" / "env_config").iterdir()) == []


def test_cache_that_others_can_write_to(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A library from a folder that others can write to is not loaded into anything."""
    (tmp_path / "env_config").mkdir()
    (tmp_path / "env_config").chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "can be written to by others" in refused(via="preload")


def test_static_program_under_preload(tmp_path: Path) -> None:
    """A program that the preloaded library cannot get into is not started."""
    if shutil.which("cc") is None:
        pytest.skip("a static program needs a C compiler")
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["cc", "-static", "-o", "program", "main.c"], cwd=tmp_path, check=True, timeout=60)
    with pytest.raises(GuardInactive, match="statically linked"):
        processes.run_guarded([str(tmp_path / "program")], POLICY, via="preload")
    script = tmp_path / "script"
    script.write_text(f"#!{tmp_path / 'program'}\n")
    script.chmod(0o755)
    with pytest.raises(GuardInactive, match="statically linked"):
        processes.run_guarded([str(script)], POLICY, via="preload")


def test_privileged_program_under_preload(tmp_path: Path) -> None:
    """A program that runs with other rights than its caller's ignores the library, so it is not started."""
    program = tmp_path / "program"
    shutil.copy("/bin/true", program)
    program.chmod(0o4755)
    with pytest.raises(GuardInactive, match="more rights"):
        processes.run_guarded([str(program)], POLICY, via="preload")


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library's socket and its folder are gone when the tree is."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert processes.run_guarded(["true"], POLICY, via="preload") == 0
    assert list(tmp_path.iterdir()) == []


def test_every_way_is_tried() -> None:
    """The tests above know every way of guarding that there is."""
    assert (tuple(opening.WAYS), preload.PreloadChannel.name) == (WAYS, "preload")


def test_guard_for_doctor() -> None:
    """As one of the guards it proves itself when it is installed, and says that a policy is missing before."""
    guard = processes.ProcessesGuard()
    with pytest.raises(GuardInactive, match="no policy"):
        guard.self_test()
    guard.install(POLICY, "enforce")
    assert (guard.name, guard.layer, guard.mode, guard.installed) == ("processes", "processes", "enforce", True)
    guard.remove()
    assert not guard.installed
    with pytest.raises(GuardInactive):
        guard.install(Lenient(corpus_book("staging")), "enforce")
    assert not guard.installed
