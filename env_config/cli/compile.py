"""``env-config compile``: from a proved source to one signed book for each environment."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BookRefused, UsageRefused
from . import BAD_INPUT, FINE
from .check import add_source_options, checked_source, refused, tell

if TYPE_CHECKING:
    from ..trust import Trust

NAME = "compile"
HELP = "prove a book, and write one signed JSON file for each environment"
USES_BOOK = False
"""It writes books and reads none; its own ``--trust`` says whom their readers believe."""
_DAY = 86_400


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_source_options(parser)
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for <environment>.json")
    parser.add_argument("--key", metavar="FILE", help="the private key that signs (PEM); `env-config key` makes one")
    parser.add_argument(
        "--trust", metavar="FILE", help="trusted keys that the books must hold against (default: trust.json in DIR)"
    )
    parser.add_argument("--valid-for", type=_days, metavar="DAYS", help="instead of what the source says")


def run(arguments: argparse.Namespace) -> int:
    """Write all books, or none."""
    if not arguments.key:
        raise UsageRefused("a book is signed", code="USAGE", hint="add --key; `env-config key` makes one")
    from ..authoring.signing import signer

    sign = signer(arguments.key)
    folder = Path(arguments.output)
    trusted = _trusted(folder, arguments.trust, arguments.key)
    checked = checked_source(arguments)
    if refused(checked.problems):
        tell(checked.problems, as_json=arguments.json)
        print("nothing was written", file=sys.stderr)
        return BAD_INPUT
    if not arguments.json:
        tell(checked.problems, as_json=False)
    from ..authoring.compile import books
    from ..book.codec import open_sealed, seal

    now = int(time.time())
    seconds = arguments.valid_for * _DAY if arguments.valid_for else None
    compiled = books(checked, now=now, valid_for=seconds)
    sealed = {f"{name}.json": seal(book, sign) for name, book in compiled.items()}
    if trusted is not None:
        for raw in sealed.values():
            open_sealed(raw, trusted, now=now)  # what the readers of this folder would refuse is not written
    write_all(folder, sealed)
    written = [str(folder / name) for name in sealed]
    print(json.dumps(written) if arguments.json else "\n".join(written))
    for stranger in _strangers(folder, sealed):
        print(f"{stranger} is of no environment of this book: remove it", file=sys.stderr)
    return FINE


def _trusted(folder: Path, given: str | None, key: str) -> Trust | None:
    """The keys that the readers of this folder believe; None, with a word, if there is no file of them.

    Raises:
        BookRefused: the key is none of them.
    """
    from ..authoring.signing import thumbprint_of
    from ..book.shelf import TRUST_FILE
    from ..trust import Trust

    path = Path(given) if given else folder / TRUST_FILE
    if not path.is_file():
        words = "readers need one beside the books" if given is None else "so nobody checked the signature"
        print(f"there is no file of trusted keys at {path}: {words}", file=sys.stderr)
        return None
    trusted, kid = Trust.load(path), thumbprint_of(key)
    if trusted.key(kid, "book") is None:
        raise BookRefused(
            f"{path} does not trust the key {key} for books, so no reader would believe what it signs",
            code="BOOK_SIGNATURE",
            target=kid,
            rule="compile-trust",
            hint=f"sign with a key that is trusted there, or make one: env-config key -o FILE --for book --trust {path}",
        )
    return trusted


def write_all(folder: Path, files: dict[str, bytes]) -> None:
    """Put all files into the folder, or leave it as it was.

    Raises:
        UsageRefused: if the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".compile-", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    placed: list[str] = []
    try:
        for name, content in files.items():
            _write(stage / name, content)
            if (folder / name).exists():
                os.link(folder / name, stage / f"{name}.before")
        for name in files:
            placed.append(name)
            (stage / name).replace(folder / name)
    except OSError as error:
        _put_back(folder, stage, placed)
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _put_back(folder: Path, stage: Path, placed: list[str]) -> None:
    for name in placed:
        before = stage / f"{name}.before"
        if before.exists():
            before.replace(folder / name)
        elif not (stage / name).exists():
            (folder / name).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _unwritable(folder: Path, error: OSError) -> UsageRefused:
    return UsageRefused(
        f"nothing was written to {folder}: {error.strerror}", code="USAGE", hint="name a folder that can be written to"
    )


def _strangers(folder: Path, written: dict[str, bytes]) -> list[Path]:
    """Compiled books that this run did not write: an environment was removed or renamed."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with path.open("rb") as file:
            if path.name not in written and file.read(8) == b'{"book":':
                found.append(path)
    return found


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3660:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 3660")
    return int(text)
