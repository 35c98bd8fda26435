"""Loading in chunks: each chunk's rows and the record of its progress commit together, or not at all."""

from .chunks import Chunk, ChunkResult, chunk_units_for, missing_chunks
from .load import load_chunks
from .worker import LoadJob, load_chunk

__all__ = [
    "Chunk",
    "ChunkResult",
    "LoadJob",
    "chunk_units_for",
    "load_chunk",
    "load_chunks",
    "missing_chunks",
]
