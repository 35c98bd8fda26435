"""A stranger's package of the same name is noticed: at start when it was imported, by doctor when it is installed."""

from __future__ import annotations

import base64
import hashlib
import types
from pathlib import Path

import pytest

import env_config
from env_config.errors import GuardInactive
from env_config.ownership import DISTRIBUTION, assert_ours, claims


def stranger(**facts: object) -> types.ModuleType:
    module = types.ModuleType("env_config")
    vars(module).update(facts)
    return module


def install(folder: Path, name: str, files: dict[str, bytes], *, record: dict[str, bytes] | None = None) -> None:
    """Lay out what an installer leaves: the files, and a RECORD of what was installed."""
    information = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        recorded = (record or files)[path]
        digest = base64.urlsafe_b64encode(hashlib.sha256(recorded).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(recorded)}")
    (information / "RECORD").write_text("\n".join(lines) + "\n")


def test_the_package_that_runs_is_ours() -> None:
    """What this test imported passes, so the check can stand in front of every start."""
    assert_ours()
    assert_ours(env_config)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "another folder"),
        ({"__path__": ["/elsewhere/env_config"]}, "another folder"),
        ({"__path__": [*env_config.__path__, "/elsewhere/env_config"]}, "several folders"),
        ({"__path__": list(env_config.__path__)}, "lacks Refusal, address, environment"),
    ],
    ids=["no-package", "elsewhere", "spread", "other-init"],
)
def test_a_stranger_is_refused(facts: dict[str, object], words: str) -> None:
    """A package from elsewhere, a mixture of folders, or another __init__ in our folder does not go on."""
    with pytest.raises(GuardInactive, match=words) as caught:
        assert_ours(stranger(**facts))
    assert DISTRIBUTION in caught.value.hint


def test_another_distribution_with_our_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two distributions that install one package overwrite each other, in whichever order they came."""
    install(tmp_path, "env-config", {"env_config/__init__.py": b"stranger"})
    install(tmp_path, "harmless", {"harmless/__init__.py": b""})
    monkeypatch.syspath_prepend(tmp_path)
    assert list(claims()) == ["env-config installs a package env_config as well"]


def test_a_file_that_was_overwritten_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own record of what was installed tells when somebody laid another file over ours."""
    installed = {"env_config/__init__.py": b"ours", "env_config/errors.py": b"ours"}
    found = {**installed, "env_config/__init__.py": b"stranger"}
    install(tmp_path, DISTRIBUTION, found, record=installed)
    monkeypatch.syspath_prepend(tmp_path)
    name = str(Path("env_config/__init__.py"))
    assert list(claims()) == [f"{name} is not as {DISTRIBUTION} installed it"]


def test_this_installation_has_no_rival() -> None:
    """Nothing that is installed beside this checkout claims its package."""
    assert list(claims()) == []
