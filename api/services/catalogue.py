"""Reads the packaged datasets and the generators' definitions."""

from __future__ import annotations

from generators import REGISTRY, Dataset, Definition
from generators.providers import describe, find
from seeds.dataset import dataset_names, load_dataset
from seeds.errors import DatasetFileError

from ..schemas.catalogue import ColumnDetail, DatasetDetail, DatasetSummary, GeneratorDetail, TableDetail


def datasets() -> list[DatasetSummary]:
    """All packaged datasets."""
    return [_summary(load_dataset(name)) for name in dataset_names()]


def dataset(name: str) -> DatasetDetail:
    """One packaged dataset; only names are looked up, never paths.

    Raises:
        DatasetFileError: if there is none of that name.
    """
    if name not in dataset_names():
        raise DatasetFileError("no packaged dataset has this name", file=name, code="DATASET_UNKNOWN",
                               hint=f"known: {', '.join(dataset_names())}")  # fmt: skip
    loaded = load_dataset(name)
    return DatasetDetail(**_summary(loaded).model_dump(), tables=_tables(loaded))


def _summary(loaded: Dataset) -> DatasetSummary:
    spec = loaded.spec
    return DatasetSummary(
        name=spec.name,
        version=spec.version,
        description=spec.description,
        unit=spec.size.unit,
        default_size=spec.size.default,
    )


def _tables(loaded: Dataset) -> list[TableDetail]:
    return [
        TableDetail(
            name=table.name,
            description=table.description,
            primary_key=list(table.primary_key),
            columns=[
                ColumnDetail(
                    name=column.name,
                    type=str(column.type),
                    nullable=column.nullable,
                    generator=column.generator.name,
                    promise=find(column.generator.name).promise,
                    description=column.description,
                )
                for column in table.stored_columns
            ],
        )
        for table in loaded.stored
    ]


def generators() -> list[GeneratorDetail]:
    """All generators."""
    return [_detail(REGISTRY[name]) for name in sorted(REGISTRY)]


def generator(name: str) -> GeneratorDetail:
    """One generator.

    Raises:
        UnknownNameError: if there is none of that name.
    """
    return _detail(find(name))


def _detail(definition: Definition) -> GeneratorDetail:
    return GeneratorDetail.model_validate(describe(definition))
