"""Datasets as files: read with every refusal placed on its line, and handed to the engine compiled."""

from .load import load_dataset, lock_place, parse_dataset
from .lock_file import check_lock, lock_text
from .text import packaged_names as dataset_names

__all__ = ["check_lock", "dataset_names", "load_dataset", "lock_place", "lock_text", "parse_dataset"]
