"""The page about ``addresses.yaml``, from the grammar that validates it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from docstrings import doc_of
from reference_page import as_table

from env_config.authoring import grammar, templates
from env_config.authoring.shapes import ListOf, MapOf, Record, Shape, Text


def blocks() -> tuple[str, ...]:
    """What the page consists of: an introduction, and a section for each block of the file."""
    records = dict(_records(grammar.BOOK, ""))
    places = {id(record): path for path, record in reversed(records.items())}
    shown = {path: record for path, record in records.items() if places[id(record)] == path}
    return (
        (
            "`addresses.yaml` holds every environment side by side. `env-config check` proves that they are kept apart; "
            "`env-config compile` writes one signed file for each. A key given twice and an unknown key are refused with their "
            "line. An editor completes from the JSON Schema in `env_config/authoring/addresses.schema.json`, which comes with "
            "the distribution. What the proof demands beyond shapes is listed under "
            "[authoring.proof](env-config.md#authoringproof)."
        ),
        (
            f"{doc_of(templates).summary} Hosts, buckets, secrets and the convention may have them: `{{environment}}`, "
            "`{service}`, `{key}` and whatever an environment lists under `variables`. A part that is empty or unknown is refused."
        ),
        *(_record(path, record, places) for path, record in shown.items()),
    )


def _records(shape: Shape, path: str) -> Iterator[tuple[str, Record]]:
    if isinstance(shape, Record):
        yield path, shape
        for key, value in shape.fields.items():
            yield from _records(value, f"{path}.{key}".lstrip("."))
    elif isinstance(shape, MapOf):
        yield from _records(shape.value, f"{path}.NAME")
    elif isinstance(shape, ListOf):
        yield from _records(shape.item, path)


def _record(path: str, record: Record, places: Mapping[int, str]) -> str:
    rows = [
        (f"`{key}`", _takes(shape, places), "required" if key in record.required else "", record.notes[key])
        for key, shape in record.fields.items()
    ]
    return f"## {_titled(path)}\n\n{as_table(('key', 'takes', '', 'meaning'), rows)}"


def _titled(path: str) -> str:
    return path or "the file itself"


def _takes(shape: Shape, places: Mapping[int, str]) -> str:
    """A shape in a few words, with links to the sections of the records in it."""
    if isinstance(shape, Record):
        title = _titled(places[id(shape)])
        return f"[{title}](#{re.sub(r'[^a-z0-9_ -]', '', title.lower()).replace(' ', '-')})"
    if isinstance(shape, MapOf):
        return f"mapping of {shape.key.says} to {_takes(shape.value, places)}"
    if isinstance(shape, ListOf):
        inner = _takes(shape.item, places)
        return f"{inner}, or a list of such" if shape.single else f"list of {inner}"
    if isinstance(shape, Text) and shape.choices:
        return " or ".join(f"`{choice}`" for choice in shape.choices)
    return shape.says
