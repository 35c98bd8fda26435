"""Datasets as files: read with every refusal placed on its line, and handed to the engine compiled."""

from .load import dataset_names, load_dataset, parse_dataset

__all__ = ["dataset_names", "load_dataset", "parse_dataset"]
