"""Every refusal becomes a problem document (RFC 9457) with the same stable code that the command line prints."""

from __future__ import annotations

from http import HTTPStatus

from .services.refusals import Kind, facts_of, kind_of

Problem = dict[str, str | int]

_STATUS: dict[Kind, HTTPStatus] = {
    "absent": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "defect": HTTPStatus.INTERNAL_SERVER_ERROR,
    "forbidden": HTTPStatus.FORBIDDEN,
    "invalid": HTTPStatus.BAD_REQUEST,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem_of(error: Exception) -> tuple[int, Problem]:
    """The status and the document for a refusal."""
    code, message, hint = facts_of(error)
    return _problem(code, _STATUS[kind_of(error)], message, hint)


def http_problem_of(status: int, detail: str) -> tuple[int, Problem]:
    """The status and the document for what HTTP itself refuses, such as a path that leads nowhere."""
    known = HTTPStatus(status)
    return _problem(f"HTTP_{known.name}", known, detail, "see /docs for what there is")


def _problem(code: str, status: HTTPStatus, detail: str, hint: str) -> tuple[int, Problem]:
    document: Problem = {
        "type": f"urn:understudy:{code}",
        "title": code,
        "status": int(status),
        "detail": detail,
        "code": code,
        "hint": hint,
    }
    return int(status), document
