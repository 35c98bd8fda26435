"""Every refusal becomes a problem document (RFC 9457) with the same stable code that the command line prints."""

from __future__ import annotations

from .services.refusals import NOT_FOUND, facts_of


def problem_of(error: Exception) -> tuple[int, dict[str, str | int]]:
    """The status and the document for a refusal."""
    code, message, hint = facts_of(error)
    status = 404 if code in NOT_FOUND else 400
    return status, {"type": f"urn:understudy:{code}", "title": code, "status": status, "detail": message, "hint": hint}
