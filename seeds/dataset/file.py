"""The shape of a dataset file. Names are checked against one another later, where the whole dataset is known."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from generators.spec import TYPE_NAMES

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A table, column, part, check or rule: what every database takes without quoting."""

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"


def _read_date(value: object) -> object:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("date", "{reason}", {"reason": str(error)}) from None
    raise PydanticCustomError("date", "expected a date such as 2026-04-06")


Day = Annotated[
    date, BeforeValidator(_read_date), WithJsonSchema({"type": "string", "format": "date", "pattern": _ISO_DATE})
]
_PLAIN_TYPES = "|".join(name for name in TYPE_NAMES if name not in ("varchar", "char", "numeric"))
TypeText = Annotated[
    str,
    Field(
        json_schema_extra={
            "pattern": rf"^({_PLAIN_TYPES}|(varchar|char)\(\d+\)|numeric\(\d+,\s*\d+\))(\[\])?$",
            "examples": ["bigint", "text", "varchar(40)", "numeric(10,2)", "date", "text[]"],
        }
    ),
]
Generate = Annotated[Any, Field(json_schema_extra={"x-generator": True})]


class Record(BaseModel):
    """A mapping that knows its keys, and takes each value as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _know_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for key in value:
                if key not in cls.model_fields:
                    context = {"name": str(key), "known": sorted(cls.model_fields)}
                    raise PydanticCustomError("unknown_key", "unknown key", context)
        return value


_Maximum = Annotated[int, Field(ge=1, description="the room reserved in the keys; raising it changes every key")]
_Weights = Annotated[
    dict[Annotated[int, Field(ge=0)], Annotated[float, Field(ge=0)]],
    Field(min_length=1, description="a mapping of number to weight"),
]


class FillRows(Record):
    """Rows of drawn sizes until the sizes add up to a total; the last is cut to fit."""

    fill: Annotated[int, Field(ge=1, description="what the sizes add up to under each parent")]
    size: Annotated[Name, Field(description="the column that holds each row's size")]
    weights: _Weights
    maximum: _Maximum


class SizedRows(Record):
    """Rows whose sizes are a column of theirs and add up to a total under each parent."""

    sized: Annotated[int, Field(ge=1, description="what the sizes add up to under each parent")]
    size: Annotated[Name, Field(description="the column that holds each row's size, with a generator of its own")]
    expression: Annotated[str, Field(description="how many rows there are, over the parent's columns")]
    maximum: _Maximum


class ChoiceRows(Record):
    """A number of rows drawn by weight."""

    choice: _Weights
    maximum: _Maximum


class ExpressionRows(Record):
    """A number of rows computed from the parent's columns."""

    expression: Annotated[str, Field(description="a whole number, over the parent's columns")]
    maximum: _Maximum


class SameRows(Record):
    """As many rows as the parent has in another of its child tables."""

    rows_of: Annotated[Name, Field(description="another child table of the same parent")]
    maximum: _Maximum


class UnitRows(Record):
    """A root table that grows with the dataset."""

    per_unit: Annotated[float, Field(gt=0, description="rows for each unit of the dataset's size")]


_FORMS = {
    "fill": "rows that fill a total",
    "sized": "rows of given sizes",
    "choice": "rows by choice",
    "expression": "rows by expression",
    "rows_of": "rows of another table",
    "per_unit": "rows per unit",
}
_NUMBER = "a number of rows"


def _form_of(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return _NUMBER
    if isinstance(value, dict):
        return next((_FORMS[key] for key in _FORMS if key in value), None)
    return None


Count = Annotated[
    Annotated[int, Field(ge=0), Tag(_NUMBER)]
    | Annotated[FillRows, Tag(_FORMS["fill"])]
    | Annotated[SizedRows, Tag(_FORMS["sized"])]
    | Annotated[ChoiceRows, Tag(_FORMS["choice"])]
    | Annotated[ExpressionRows, Tag(_FORMS["expression"])]
    | Annotated[SameRows, Tag(_FORMS["rows_of"])]
    | Annotated[UnitRows, Tag(_FORMS["per_unit"])],
    Discriminator(
        _form_of,
        custom_error_type="rows",
        custom_error_message=f"expected a number, or a mapping with one of: {', '.join(_FORMS)}",
    ),
]


class ColumnEntry(Record):
    """One column."""

    type: Annotated[TypeText, Field(description="such as text, varchar(40), numeric(10,2), date or text[]")]
    generate: Annotated[Generate, Field(description="how values come about; left out only in a fill's size column")] = (
        None
    )
    nullable: bool = False
    nulls: Annotated[float, Field(ge=0, le=1, description="share of rows left empty")] = 0.0
    only_if: Annotated[str, Field(description="an expression; where it does not hold, the column is empty")] = ""
    stored: Annotated[bool, Field(description="false for a working column that no table holds")] = True
    references: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="table.column: a foreign key")
    ] = ""
    description: str = ""


_Names = Annotated[list[Name], Field(min_length=1)]
_Key = Annotated[
    Annotated[Name, Tag("a column")] | Annotated[_Names, Tag("columns")],
    Discriminator(lambda value: "columns" if isinstance(value, list) else "a column"),
]


class TableEntry(Record):
    """One table: a root, whose rows are numbered, or the child of another."""

    parent: Annotated[Name | None, Field(description="the table whose rows these belong to; none for a root")] = None
    rows: Annotated[Count | None, Field(description="how many rows, in all or under each parent")] = None
    parts: Annotated[dict[Name, Count], Field(description="several runs of rows under each parent, by name")] = {}
    keep: Annotated[str, Field(description="an expression; rows for which it does not hold are left out")] = ""
    rank_maximum: Annotated[int, Field(ge=0, description="the most rows under one root, for dense unique values")] = 0
    stored: Annotated[bool, Field(description="false for a table that only gives its descendants shared facts")] = True
    primary_key: Annotated[_Key | None, Field(description="a column, or several")] = None
    unique: Annotated[list[_Key], Field(description="columns, or lists of columns, that identify a row")] = []
    indexes: Annotated[list[_Key], Field(description="columns, or lists of columns, to index")] = []
    checks: Annotated[dict[Name, str], Field(description="named predicates in portable SQL")] = {}
    columns: Annotated[dict[Name, ColumnEntry], Field(min_length=1)]
    description: str = ""


class SizeEntry(Record):
    """What the size of the dataset counts."""

    unit: Annotated[Name, Field(description="what is counted, such as resident")]
    default: Annotated[int, Field(ge=1, description="how many, unless asked otherwise")]
    root: Annotated[Name, Field(description="the root table that grows with the size")]
    per_root: Annotated[int, Field(ge=1, description="units under each row of the root")] = 1


class RuleEntry(Record):
    """A statement that must return no row."""

    sql: str
    description: str = ""


class DatasetFile(Record):
    """Tables of synthetic rows, how they come about, and what must hold between them."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True,
        json_schema_extra={"anyOf": [{"required": ["extends"]}, {"required": ["as_of", "size"]}]},
    )  # fmt: skip

    dataset: Annotated[Name, Field(description="the dataset's name; part of what decides every value")]
    version: Annotated[int, Field(ge=1, description="raise it when values change on purpose")]
    extends: Annotated[
        str, Field(description="another dataset, whose tables these are made from; its own are not stored")
    ] = ""
    as_of: Annotated[Day | None, Field(description="the reference date, unless asked otherwise")] = None
    size: Annotated[SizeEntry | None, Field(description="left out where another dataset is extended")] = None
    tables: Annotated[dict[Name, TableEntry], Field(min_length=1)]
    rules: Annotated[dict[Name, RuleEntry], Field(description="coherence that anyone can check with SQL")] = {}
    description: str = ""
