"""Loading in chunks: each chunk's rows and the record of its progress commit together, or not at all."""

from .chunk import load_chunk
from .chunks import CHUNK_ROWS, ChunkResult, Progress, missing_chunks
from .load import load_chunks

__all__ = ["CHUNK_ROWS", "ChunkResult", "Progress", "load_chunk", "load_chunks", "missing_chunks"]
