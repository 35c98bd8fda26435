"""A dataset's text: one file, or a folder whose files are the documents of one YAML stream, in the order of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from generators.errors import UnknownNameError

from ..errors import DatasetFileError

SUFFIX = ".yaml"
_BETWEEN = b"---\n"


@dataclass(frozen=True, slots=True)
class DatasetText:
    """What was read, and where each part of it stands: the line before its first, and its file."""

    data: bytes
    file: str
    parts: tuple[tuple[int, str], ...] = ()

    @contextmanager
    def located(self) -> Iterator[None]:
        """Refusals of the text name the part's own file and line."""
        try:
            yield
        except DatasetFileError as error:
            if not self.parts or error.file != self.file or not error.line:
                raise
            before, file = max(part for part in self.parts if part[0] < error.line)
            place = f"{error.file}:{error.line}: "
            raise DatasetFileError(
                error.message.removeprefix(place), file=file, line=error.line - before, code=error.code, hint=error.hint
            ) from None


def packaged_names() -> tuple[str, ...]:
    """The datasets that come with Understudy."""
    found = (item for item in _packaged().iterdir() if item.is_dir() or item.name.endswith(SUFFIX))
    return tuple(sorted({item.name.removesuffix(SUFFIX) for item in found if not item.name.startswith(("_", "."))}))


def is_packaged(name_or_path: str | Path) -> bool:
    """Whether this is a bare name, not the path of a file."""
    return not isinstance(name_or_path, Path) and not re.search(r"[./\\]", name_or_path)


def place_of(name_or_path: str | Path) -> Path:
    """The file or folder of a dataset; a packaged one may not be there."""
    if not is_packaged(name_or_path):
        return Path(name_or_path)
    folder = Path(str(_packaged() / str(name_or_path)))
    return folder if folder.is_dir() else folder.with_suffix(SUFFIX)


def read_text(name_or_path: str | Path) -> DatasetText:
    """The text of a dataset.

    Raises:
        DatasetFileError: for an unknown name, or a file that cannot be read; names the nearest file beside it.
    """
    if is_packaged(name_or_path) and name_or_path not in packaged_names():
        error = UnknownNameError("dataset", str(name_or_path), packaged_names())
        raise DatasetFileError(
            error.message, file=str(name_or_path), code="DATASET_UNKNOWN",
            hint=f"{error.hint} (the path of a file needs its suffix, {SUFFIX})",
        )  # fmt: skip
    place = place_of(name_or_path)
    shown = str(place if is_packaged(name_or_path) else name_or_path)
    if not place.is_dir():
        return DatasetText(bytes_of(place), shown)
    data, parts = b"", []
    for file in sorted(place.glob(f"*{SUFFIX}")):
        parts.append((data.count(b"\n"), str(file)))
        text = bytes_of(file)
        data += (text if text.endswith(b"\n") else text + b"\n") + _BETWEEN
    if not parts:
        raise DatasetFileError(f"the folder holds no file *{SUFFIX}", file=shown, code="DATASET_UNREADABLE")
    return DatasetText(data.removesuffix(_BETWEEN), shown, tuple(parts))


def bytes_of(path: Path) -> bytes:
    """A dataset file's bytes.

    Raises:
        DatasetFileError: if it cannot be read; names the nearest file beside it.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        near = UnknownNameError("file", path.name, (item.name for item in path.parent.glob("*.y*ml")))
        raise DatasetFileError(
            f"cannot read the file: {error.strerror or error}", file=str(path), code="DATASET_UNREADABLE",
            hint=near.hint if near.nearest else "",
        ) from None  # fmt: skip


def _packaged() -> Traversable:
    return files("seeds") / "datasets"
