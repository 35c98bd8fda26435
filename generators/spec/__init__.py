"""Frozen specifications: what a dataset is, without how it is read, made or stored."""

from .expression import FUNCTIONS, Expression, parse_expression
from .model import (
    CheckSpec,
    ColumnSpec,
    CountSpec,
    DatasetSpec,
    ForeignKeySpec,
    GeneratorSpec,
    PartSpec,
    RuleSpec,
    SizeSpec,
    TableSpec,
    UniqueSpec,
)
from .types import TYPE_NAMES, ColumnType, parse_type

__all__ = [
    "FUNCTIONS",
    "TYPE_NAMES",
    "CheckSpec",
    "ColumnSpec",
    "ColumnType",
    "CountSpec",
    "DatasetSpec",
    "Expression",
    "ForeignKeySpec",
    "GeneratorSpec",
    "PartSpec",
    "RuleSpec",
    "SizeSpec",
    "TableSpec",
    "UniqueSpec",
    "parse_expression",
    "parse_type",
]
