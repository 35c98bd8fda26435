"""Assembles the application: routes in, refusals out as RFC 9457 problems."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from .problems import Problem, http_problem_of, problem_of
from .routes import catalogue, health
from .services.refusals import REFUSALS


def create_app() -> FastAPI:
    """A fresh application; nothing is shared between two of them."""
    app = FastAPI(title="Understudy", version="1", summary="Synthetic test data: datasets and generators.")
    app.include_router(health.router)
    app.include_router(catalogue.router, prefix="/v1")
    for kind in REFUSALS:
        app.add_exception_handler(kind, _refuse)
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(RequestValidationError, _refuse_input)
    return app


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    return _answer(*problem_of(error))


async def _refuse_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = _answer(*http_problem_of(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


async def _refuse_input(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    places = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return _answer(*http_problem_of(422, "; ".join(places)))


def _answer(status: int, document: Problem) -> JSONResponse:
    return JSONResponse(document, status_code=status, media_type="application/problem+json")
