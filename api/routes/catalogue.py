"""Datasets and generators, for people and editors."""

from __future__ import annotations

from fastapi import APIRouter

from ..schemas.catalogue import DatasetDetail, DatasetSummary, GeneratorDetail
from ..services import catalogue

router = APIRouter(tags=["catalogue"])


@router.get("/datasets")
def list_datasets() -> list[DatasetSummary]:
    """The packaged datasets."""
    return catalogue.datasets()


@router.get("/datasets/{name}")
def show_dataset(name: str) -> DatasetDetail:
    """One packaged dataset with its tables and columns."""
    return catalogue.dataset(name)


@router.get("/generators")
def list_generators() -> list[GeneratorDetail]:
    """Every generator with its parameters and promise."""
    return catalogue.generators()


@router.get("/generators/{name}")
def show_generator(name: str) -> GeneratorDetail:
    """One generator."""
    return catalogue.generator(name)
