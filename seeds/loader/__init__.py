"""Loading in chunks: each chunk's rows and the record of its progress commit together, or not at all."""

from .chunks import CHUNK_ROWS, ChunkResult, Progress, missing_chunks
from .load import load_chunks
from .worker import LoadJob, load_chunk

__all__ = [
    "CHUNK_ROWS",
    "ChunkResult",
    "LoadJob",
    "Progress",
    "load_chunk",
    "load_chunks",
    "missing_chunks",
]
