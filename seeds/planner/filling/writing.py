"""A plan as a dataset file: every column with its generator and the reason, ready to be edited."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import yaml

from generators.spec import GeneratorSpec

from .plan import FillColumn, FillPlan, FillTable

_EDITABLE = ("meaning", "type", "dataset")


def dataset_text(plan: FillPlan, name: str) -> str:
    """The plan as the text of a dataset file.

    Columns that stand on their own are written with the generator that was planned. Those that a constraint, a key or
    a reference decides are written as comments: giving one a generator takes it out of the constraint's hands. So are
    those that read a working column of the plan, such as a row's place in its combinations.
    """
    lines = [
        "# What each table is filled with. Delete what you do not care about: it is planned again, the same way.",
        f"dataset: {name}",
        "tables_from: database",
        f"as_of: {plan.spec.as_of}",
        f"rows: {plan.rows}",
        "tables:" if plan.tables else "tables: {}",
    ]
    for step in plan.steps:
        for key in step.tables:
            lines.extend(_table(plan.tables[key], plan.rows, _dependent(plan, plan.tables[key])))
    for key, table in plan.tables.items():
        if not table.rows:
            lines.append(f"  # {key}: {'; '.join(finding.message for finding in table.findings) or 'left alone'}")
    return "\n".join(lines) + "\n"


def _dependent(plan: FillPlan, table: FillTable) -> frozenset[str]:
    """The columns whose generators read what only a plan has: working columns, which no file can name."""
    made = plan.dataset.tables[table.key].columns
    working = made.keys() - {column.engine for column in table.columns}
    return frozenset(
        column.name
        for column in table.columns
        if column.engine in made and not working.isdisjoint(made[column.engine].reads())
    )


def _table(table: FillTable, rows: int, dependent: Collection[str]) -> Iterator[str]:
    body = [*_rows(table, rows), *_references(table)]
    columns = [line for column in table.columns for line in _column(column, alone=column.name not in dependent)]
    if any(not line.lstrip().startswith("#") for line in columns):
        body.append("    columns:")
    body += columns
    empty = all(line.lstrip().startswith("#") for line in body)
    yield f"  {_scalar(table.key)}:{' {}' if empty else ''}"
    yield from body


def _rows(table: FillTable, rows: int) -> Iterator[str]:
    """The number of rows where it is not everybody's; a number that does not fit is only remarked on."""
    if table.asked != rows:
        yield f"    rows: {table.asked}"
    if table.rows < table.asked:
        yield f"    # {table.rows} rows fit"


def _references(table: FillTable) -> Iterator[str]:
    inferred = [relation for relation in table.references if not relation.declared]
    if inferred:
        yield "    references:  # none of these is declared; null says that it is none"
        for relation in inferred:
            own = ", ".join(relation.columns)
            there = f"{relation.target.key}({', '.join(relation.target_columns)})"
            yield f"      {_scalar(own)}: {_scalar(there)}  # {_line(relation.reason)}"


def _column(column: FillColumn, *, alone: bool) -> Iterator[str]:
    reason = f"{column.source}: {_line(column.reason)}" + (f" [{column.category}]" if _personal(column) else "")
    if column.generator is None or column.source not in _EDITABLE or not alone:
        yield f"      # {column.name}: {reason}"
        return
    entry: dict[str, object] = {"generate": written(column.generator)}
    if column.nulls:
        entry["nulls"] = column.nulls
    yield f"      {_scalar(column.name)}: {_flow(entry)}  # {reason}"


def _personal(column: FillColumn) -> bool:
    return column.category not in ("", "none")


def written(generator: GeneratorSpec) -> object:
    """A generator as it stands in a file."""
    if not generator.parameters:
        return generator.name
    return {generator.name: {key: _plain(value) for key, value in generator.parameters.items()}}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _flow(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1_000_000, allow_unicode=True).strip()


def _scalar(text: str) -> str:
    return _flow(text).removesuffix("\n...")


def _line(text: str) -> str:
    return " ".join(text.split())
