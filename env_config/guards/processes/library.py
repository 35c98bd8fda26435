"""The preloaded library, compiled on the machine it runs on, once."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

SOURCE = Path(__file__).with_name("preload.c")
_FLAGS = ("-shared", "-fPIC", "-O2", "-Wall")
_PATIENCE = 60


def built_library() -> Path:
    """The compiled library's path: from this user's cache, or compiled now.

    Raises:
        OSError: there is no C compiler, it fails, or there is no folder that only this user may write to.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    source = SOURCE.read_bytes()
    name = (
        "guard-"
        + sha256(source + " ".join((*os.uname()[3:], str(compiler), *_FLAGS)).encode()).hexdigest()[:24]
        + ".so"
    )
    library = _private_folder() / name
    if _is_ours(library):
        return library
    if compiler is None:
        raise OSError("there is no C compiler (cc, gcc or clang) to build the preloaded library with")
    _compile(compiler, library)
    return library


def _compile(compiler: str, library: Path) -> None:
    """Under a name of its own first: another process may be compiling, too, or already loading."""
    descriptor, made = tempfile.mkstemp(dir=library.parent, suffix=".so")
    os.close(descriptor)
    command = [compiler, *_FLAGS, "-o", made, str(SOURCE), "-ldl"]
    environ = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=False
    )
    if done.returncode != 0:
        Path(made).unlink()
        raise OSError(f"{compiler} cannot build the preloaded library: {done.stderr.strip()[-300:]}")
    Path(made).chmod(0o500)
    Path(made).replace(library)


def _private_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(home) / "env_config"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.stat()
    if facts.st_uid != os.getuid() or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{folder} can be written to by others, so a library from there cannot be trusted")
    return folder


def _is_ours(library: Path) -> bool:
    try:
        facts = library.stat()
    except FileNotFoundError:
        return False
    return facts.st_uid == os.getuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
