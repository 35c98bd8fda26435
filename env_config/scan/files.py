"""Which files are read, and how: never through a link twice, never a binary, never a dependency's own folder."""

from __future__ import annotations

import codecs
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from .stages import word_set

SKIPPED_FOLDERS = word_set(
    ".git .hg .svn .bzr node_modules bower_components jspm_packages .venv venv site-packages dist-packages __pycache__ .tox .nox"
    " .mypy_cache .ruff_cache .pytest_cache .hypothesis .terraform .terragrunt-cache .serverless .next .nuxt .gradle .m2 .yarn"
    " .bundle .eggs .idea .vs"
)
"""Folders that hold other people's files, or what a tool made out of the files that are scanned."""
SKIPPED_FILES = word_set(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock poetry.lock pipfile.lock uv.lock pdm.lock gemfile.lock"
    " composer.lock cargo.lock go.sum go.work.sum packages.lock.json .terraform.lock.hcl flake.lock mix.lock podfile.lock"
)
"""Lock files: written by tools, and full of registries' addresses."""
_SKIPPED_ENDINGS = (".min.js", ".min.css", ".map", ".svg", ".pyc", ".snap", ".ipynb_checkpoints")
MADE_BY_TOOLS = "made by tools"
"""The kind of what :func:`is_skipped` passes over, as a report calls it."""
SIZE_LIMIT = 4 * 1024 * 1024
_PROBE = 8_192
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Unreadable(Exception):
    """A file that is not read, and why."""


def walk(path: Path, left_out: Counter[str]) -> Iterator[Path]:
    """Every file below a folder, in order of names; links are followed to each folder once.

    Args:
        path: the folder.
        left_out: counts the folders that nobody looks into.
    """
    seen: set[tuple[int, int]] = set()
    stack = [path]
    while stack:
        folder = stack.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if folder != path and any(entry.name == "pyvenv.cfg" for entry in entries):
            left_out[f"{folder.name}/"] += 1
            continue
        folders = []
        for entry in entries:
            if _is_folder(entry):
                if entry.name in SKIPPED_FOLDERS:
                    left_out[f"{entry.name}/"] += 1
                else:
                    folders.append(Path(entry.path))
            elif _is_file(entry):
                yield Path(entry.path)
        stack.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def is_skipped(name: str) -> bool:
    """A lock file, or something made from another file."""
    lower = name.lower()
    return lower in SKIPPED_FILES or lower.endswith(_SKIPPED_ENDINGS)


def read(path: Path, limit: int = SIZE_LIMIT) -> str | None:
    """The text of a file, or None for a binary one.

    Raises:
        Unreadable: it is larger than the limit, or the system does not let it be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_PROBE)
            encoding = next((name for mark, name in _BOMS if head.startswith(mark)), None)
            if encoding is None and b"\0" in head:
                return None
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise Unreadable(f"larger than {limit} bytes")
            return (head + file.read(limit + 1)).decode(encoding or "utf-8", "replace")
    except OSError as error:
        raise Unreadable(error.strerror or "cannot be read") from error


def shown_path(path: Path) -> str:
    """The path that findings carry and that stages are read from.

    Relative to the working folder where it lies below it, else to the repository it lies in: what stands above a
    checkout (``/srv/production/checkout``) says nothing about the files in it.
    """
    absolute = Path(os.path.normpath(Path.cwd() / path))
    for base in (Path.cwd(), _repository(absolute)):
        if base is not None and absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    return absolute.as_posix().lstrip("/") if path.is_absolute() else path.as_posix()


def _repository(path: Path) -> Path | None:
    return next((folder for folder in path.parents if (folder / ".git").exists()), None)


def dotenvs_above(paths: Iterable[Path]) -> Iterator[Path]:
    """Every ``.env`` in the folders above those given, the nearest first."""
    seen: set[Path] = set()
    for path in paths:
        for folder in Path(os.path.normpath(Path.cwd() / path)).parents:
            candidate = folder / ".env"
            if folder not in seen and candidate.is_file():
                yield candidate
            seen.add(folder)
