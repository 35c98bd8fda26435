"""Datasets and generators as documents."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class DatasetSummary(BaseModel):
    """A dataset in a line."""

    name: str
    version: int
    description: str
    unit: str
    default_size: int


class ColumnDetail(BaseModel):
    """A stored column."""

    name: str
    type: str
    nullable: bool
    generator: str
    promise: str | None
    description: str


class TableDetail(BaseModel):
    """A stored table."""

    name: str
    description: str
    primary_key: list[str]
    columns: list[ColumnDetail]


class DatasetDetail(DatasetSummary):
    """A dataset with its tables in load order."""

    tables: list[TableDetail]


class GeneratorDetail(BaseModel):
    """A generator as its definition says."""

    name: str
    version: int
    summary: str
    output: list[str]
    promise: str | None
    unique: bool
    parameters: list[dict[str, Any]]
    examples: list[dict[str, Any]]
