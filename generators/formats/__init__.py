"""Files of rows: Parquet, Arrow, CSV and newline-delimited JSON, complete or absent."""

from .opening import FORMATS, Writer, open_writer

__all__ = ["FORMATS", "Writer", "open_writer"]
