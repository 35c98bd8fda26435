"""Dotenv files that would be read together and name different environments.

Two readers of such files disagree about which one wins, and some let ``.env`` win over the file that was asked for.
So the disagreement itself is refused, whoever would have won.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..book.model import EnvironmentRules
from ..verdict import REFUSE, Judgement, Reason
from .naming import canonical, spelling

NAMING_VARIABLES = frozenset(
    {
        "ENV_CONFIG_ENVIRONMENT",
        "APP_ENV",
        "APP_ENVIRONMENT",
        "DEPLOY_ENV",
        "DEPLOYMENT_ENVIRONMENT",
        "DJANGO_ENV",
        "ENVIRONMENT",
        "ENVIRONMENT_NAME",
        "ENV_NAME",
        "NEXT_PUBLIC_ENV_NAME",
        "RACK_ENV",
        "RAILS_ENV",
        "STAGE",
    }
)
"""Variables by which applications name their environment.

NODE_ENV, NEXT_PUBLIC_NODE_ENV, FLASK_ENV and ASPNETCORE_ENVIRONMENT say how the code is built and run (``production`` in
every stage, ``Development`` on a laptop): they are another axis, and never compared.
"""

_LINE = re.compile(r"""\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s#]*)""")
_PREFIX, _OWN = ".env", ".local"
MAX_FILE = 1_048_576


def conflicting_files(
    files: Mapping[str, str], asked: str, environments: Mapping[str, EnvironmentRules] | None = None
) -> None:
    """Refuse if files that are read together name different environments.

    Read together are ``.env``, the file that was asked for, and the ``.local`` neighbour of each; in any folder, as readers
    look into the folders above. With the environments of a book the name of the file that was asked for counts as well:
    ``.env.testing`` means testing.

    Args:
        files: text by name.
        asked: the name of the file that was asked for.
        environments: of the book, for aliases; a name that is not known stands for itself.

    Raises:
        EnvironmentRefused: ENV_CONFLICT.
    """
    judge_files(files, asked, environments).enforce()


def conflicting_folder(
    folder: str | os.PathLike[str], asked: str, environments: Mapping[str, EnvironmentRules] | None = None
) -> None:
    """:func:`conflicting_files` on the dotenv files of a folder and of those above it.

    Raises:
        EnvironmentRefused: ENV_CONFLICT.
    """
    here = Path(folder).resolve()
    found = (path for one in (here, *here.parents) for path in sorted(one.glob(f"{_PREFIX}*")) if path.is_file())
    conflicting_files({str(path): _text(path) for path in found}, asked, environments)


def judge_files(
    files: Mapping[str, str], asked: str, environments: Mapping[str, EnvironmentRules] | None = None
) -> Judgement:
    """What :func:`conflicting_files` enforces."""
    known = environments or {}
    wanted = _basename(asked)
    named: dict[str, str] = {}
    suffix = canonical(wanted.removeprefix(_PREFIX + "."), known) if wanted.startswith(_PREFIX + ".") else None
    if suffix is not None:
        named[suffix] = f"the name {wanted}"
    read = {_PREFIX, _PREFIX + _OWN, wanted, wanted + _OWN}
    for name in sorted(name for name in files if _basename(name) in read):
        for variable, value in _namings(files[name]):
            named.setdefault(canonical(value, known) or spelling(value), f"{variable} in {name}")
    if len(named) < 2:
        return Judgement()
    detail = ", ".join(f"{where} says {environment}" for environment, where in named.items())
    return Judgement((Reason("ENV_CONFLICT", REFUSE, "dotenv-files", asked, detail),))


def _text(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.read(MAX_FILE)


def _basename(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _namings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        found = _LINE.match(line)
        if found is None or found["name"].upper() not in NAMING_VARIABLES:
            continue
        value = found["value"].strip("\"'").strip()
        if value and "$" not in value:  # a reference to another variable names nothing yet
            yield found["name"], value
