"""Assembles the application: routes in, refusals out as RFC 9457 problems."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .problems import problem_of
from .routes import catalogue, health
from .services.refusals import REFUSALS


def create_app() -> FastAPI:
    """A fresh application; nothing is shared between two of them."""
    app = FastAPI(title="Understudy", version="1", summary="Synthetic test data: datasets and generators.")
    app.include_router(health.router)
    app.include_router(catalogue.router, prefix="/v1")

    async def refuse(_: Request, error: Exception) -> JSONResponse:
        status, body = problem_of(error)
        return JSONResponse(body, status_code=status, media_type="application/problem+json")

    for kind in REFUSALS:
        app.add_exception_handler(kind, refuse)
    return app
