"""Whether the process answers."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers; it depends on nothing else."""
    return {"status": "ok"}
