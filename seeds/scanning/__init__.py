"""Looks for real people in what should hold none: databases and files of any origin, judged value by value."""

from .judging import CATEGORIES, Finding
from .reading import Rows, file_rows, table_rows
from .report import to_json, to_sarif
from .scan import scan

__all__ = ["CATEGORIES", "Finding", "Rows", "file_rows", "scan", "table_rows", "to_json", "to_sarif"]
