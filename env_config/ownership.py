"""Is the ``env_config`` that was imported this one? Package indexes have strangers of the same name.

:func:`assert_ours` costs microseconds and is called once at start. :func:`claims` reads the metadata of everything that is
installed, so only ``env-config doctor`` calls it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import GuardInactive

if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from types import ModuleType

DISTRIBUTION = "understudy-env-config"
"""What to install; the import name alone belongs to somebody else's distribution too."""
_PACKAGE = __name__.rpartition(".")[0]
_HERE = Path(__file__).resolve().parent


def assert_ours(package: ModuleType | None = None) -> None:
    """Refuse to go on with a package that is a stranger's, or a mixture of both.

    Args:
        package: what to look at; None means what ``import env_config`` gives.

    Raises:
        GuardInactive: it lies elsewhere, is spread over several folders, or lacks what this library offers.
    """
    package = sys.modules.get(_PACKAGE) if package is None else package
    why = "it is not imported" if package is None else _strangeness(package)
    if why:
        raise GuardInactive(
            f"the package {_PACKAGE} is not that of {DISTRIBUTION}: {why}",
            code="GUARD_INACTIVE",
            rule="ownership",
            hint=f"uninstall the stranger, then install {DISTRIBUTION} again",
        )


def claims() -> Iterator[str]:
    """Each sign that another distribution has laid its files over this one, in words."""
    from importlib.metadata import distributions

    for distribution in distributions():
        name = str(distribution.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-")
        if name == DISTRIBUTION:
            yield from (f"{path} is not as {DISTRIBUTION} installed it" for path in _altered(distribution))
        elif _ships_our_name(distribution):
            yield f"{name} installs a package {_PACKAGE} as well"


def _strangeness(package: ModuleType) -> str:
    paths = {Path(path).resolve() for path in getattr(package, "__path__", ())}
    if _HERE not in paths:
        return "it was imported from another folder"
    if len(paths) > 1:
        return "it is spread over several folders"
    missing = {"Refusal", "address", "environment"} - set(dir(package))
    return f"its __init__ lacks {', '.join(sorted(missing))}" if missing else ""


def _ships_our_name(distribution: Distribution) -> bool:
    if _PACKAGE in (distribution.read_text("top_level.txt") or "").split():
        return True
    return any(path.parts[:2] == (_PACKAGE, "__init__.py") for path in distribution.files or ())


def _altered(distribution: Distribution) -> Iterator[str]:
    """Files of an installed wheel that are no longer what its RECORD says; an editable installation lists none."""
    import hashlib
    from base64 import urlsafe_b64encode

    for path in distribution.files or ():
        if path.hash is None or path.parts[0] != _PACKAGE:
            continue
        try:
            content = path.read_binary()
        except OSError:
            yield str(path)
            continue
        found = urlsafe_b64encode(hashlib.new(path.hash.mode, content).digest()).rstrip(b"=").decode()
        if found != path.hash.value:
            yield str(path)
