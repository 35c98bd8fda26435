"""Loading: a dataset's name or file becomes a compiled dataset, or a refusal that names file, line and way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generators import Dataset, GenerationError, Run, compile_dataset, generate
from generators.errors import ExpressionError, UnknownNameError
from generators.providers import bind
from generators.spec import DatasetSpec

from ..errors import DatasetFileError
from .file import DatasetFile
from .lock_file import check_lock
from .source import Source, read_source
from .text import is_packaged, place_of, read_text
from .translation import dataset_spec, located

_SEVERAL = 5


def load_dataset(name_or_path: str | Path, *, locked: bool = True) -> Dataset:
    """The compiled dataset: a bare name is one that comes with Understudy, anything else the path of a file or folder.

    Raises:
        DatasetFileError: for an unknown name, a file that cannot be read, everything wrong inside it, and, if
            ``locked``, a lock beside it that promises other data.
    """
    text = read_text(name_or_path)
    with text.located():
        dataset = parse_dataset(text.data, text.file)
    if locked:
        check_lock(dataset, lock_place(name_or_path))
    return dataset


def lock_place(name_or_path: str | Path) -> Path:
    """Where the lock of a dataset is, or would be: beside its file or folder."""
    return place_of(name_or_path).with_suffix(".lock.json")


def parse_dataset(data: bytes, file: str) -> Dataset:
    """The compiled dataset in the bytes of a file that is called ``file`` in messages.

    Raises:
        DatasetFileError: for everything wrong inside it, with the engine's code where the engine refused.
    """
    source = read_source(data, file)
    try:
        content = DatasetFile.model_validate(source.value)
        spec = dataset_spec(content, _base(content, source))
        dataset = _compile(replace(spec, source=data.decode("utf-8")))
    except ValidationError as error:
        raise shape_error(source, error) from None
    except GenerationError as error:
        raise engine_error(source, error) from None
    return dataset


def _base(content: DatasetFile, source: Source) -> DatasetSpec | None:
    """What a dataset extends: one that comes with Understudy, or a file beside it."""
    if not content.extends:
        missing = [name for name in ("as_of", "size") if getattr(content, name) is None]
        if missing:
            raise DatasetFileError(
                f"the key {missing[0]!r} is missing", file=source.file, line=source.line(()), code=_INVALID
            )
        return None
    beside = Path(source.file).parent / content.extends
    base = load_dataset(content.extends if is_packaged(content.extends) else beside).spec
    if base.namespace:
        raise DatasetFileError(
            f"{content.extends} extends another dataset itself", file=source.file, line=source.line(("extends",)),
            code="DATASET_INVALID", hint=f"extend {base.namespace}",
        )  # fmt: skip
    return base


def _compile(spec: DatasetSpec) -> Dataset:
    for table in spec.tables:
        for column in table.columns:
            place = ("tables", table.name, "columns", column.name)
            with located(place):
                bind(column.generator, where=place)
    dataset = compile_dataset(spec)
    with located(("size", "default")):
        dataset.check_capacity(spec.size.default)
    _try(dataset)
    return dataset


def _try(dataset: Dataset) -> None:
    """Make one root's rows: what only values can tell, such as a text in a column of numbers, is refused here."""
    units = min(dataset.spec.size.per_root, dataset.spec.size.default)
    for _ in generate(Run(dataset, 0, units, dataset.spec.as_of, dataset.spec.as_of)):
        pass


def engine_error(source: Source, error: GenerationError) -> DatasetFileError:
    """The engine's refusal with the line of the file that caused it."""
    quoted = ""
    if isinstance(error, UnknownNameError):
        quoted = error.name
    elif isinstance(error, ExpressionError):
        # The engine quotes the expression; among the texts at the place, it is the one that the message repeats.
        quoted = next((text for text in _texts(source, error.where) if repr(text) in error.message), "")
    return DatasetFileError(
        f"{error.message}{_place_words(error.where)}", file=source.file, line=source.line(error.where, quoted),
        code=error.code, hint=error.hint,
    )  # fmt: skip


def _texts(source: Source, where: Sequence[str]) -> list[str]:
    waiting, found = [source.place(where)], []
    while waiting:
        place = waiting.pop()
        waiting += place.inside.values()
        found += [place.text] if place.text else []
    return sorted(found, key=len, reverse=True)


def _place_words(where: Sequence[str]) -> str:
    return f" (at {'.'.join(where)})" if where else ""


def shape_error(source: Source, error: ValidationError) -> DatasetFileError:
    """The first problem by line as the message, the others listed below it."""
    problems = sorted(_problem(source, dict(item)) for item in error.errors(include_url=False))
    line, message, hint, code = problems[0]
    others = [f"{source.file}:{at}: {text}" for at, text, *_ in problems[1 : 1 + _SEVERAL]]
    if len(problems) > 1 + _SEVERAL:
        others.append(f"and {len(problems) - 1 - _SEVERAL} more")
    return DatasetFileError("\n".join([message, *others]), file=source.file, line=line, code=code, hint=hint)


def _problem(source: Source, item: dict[str, Any]) -> tuple[int, str, str, str]:
    """Line, message, hint and code of one of Pydantic's findings; ``[key]`` and the names of forms are no steps."""
    where = tuple(str(step) for step in item["loc"] if step != "[key]" and " " not in str(step))
    context = item.get("ctx", {})
    if item["type"] == "unknown_key":
        unknown = UnknownNameError("key", context["name"], context["known"])
        place = (*where, context["name"])
        return source.line(place), f"{unknown.message}{_place_words(where)}", unknown.hint, unknown.code
    if item["type"] == "missing":
        return source.line(where[:-1]), f"the key {where[-1]!r} is missing{_place_words(where[:-1])}", "", _INVALID
    message = str(item["msg"])
    written = item["input"]
    value = "" if isinstance(written, dict | list) else f", not {_as_written(written)}"
    words = _WORDS.get(item["type"], message[:1].lower() + message[1:])
    return source.line(where), f"{words}{value}{_place_words(where)}", _HINTS.get(item["type"], ""), _INVALID


def _as_written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value!r:.60}"


_INVALID = DatasetFileError.code
_WORDS = {
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "string_type": "expected text",
    "dict_type": "expected a mapping",
    "list_type": "expected a list",
    "model_type": "expected a mapping",
    "string_pattern_mismatch": "expected a name in lower case, such as rent_account or address.id",
}
_HINTS = {
    "bool_type": "only true and false are truth values here; yes, no, on and off are text",
    "string_type": "put it in quotes",
}
