"""JSON documents: their kind, the keys they have, and texts that read as JSON."""

from __future__ import annotations

import json

from ....catalog import Kind
from ..constants import evaluate, fit, is_constant
from ..formula import Formula
from ..frame import Claim, Frame, constant_text
from ..model import Domain
from ..tree import Apply, Cast, Name, NotUnderstood, Tree
from .outcomes import all_of, always, fact, formed, never, one_of

_KINDS = ("object", "array", "string", "number", "boolean", "null")
_NUMBERS = {"integer": "number", "double": "number", "decimal": "number", "real": "number"}
_READS = ("json_valid", "is_json", "isjson")
_STEPS = ("->", "->>", "#>", "#>>")


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """Kinds, keys and validity."""
    if claim.operator in _READS:
        return _valid(frame, claim)
    if claim.operator in ("?", "?&", "?|"):
        return _has(frame, claim)
    if claim.operator == "@>" and _document(frame, claim.left) is not None:
        return _contains(frame, claim)
    if claim.operator not in ("=", "<>"):
        return None
    if isinstance(claim.left, Apply) and claim.left.operator in ("jsonb_typeof", "typeof"):
        return _typed(frame, claim, claim.left)
    path = _path(frame, claim.left)
    if path is not None and is_constant(claim.right):
        return _field(claim, *path)
    return None


def _document(frame: Frame, tree: Tree) -> Name | None:
    column = frame.plain(tree)
    if column is None and isinstance(tree, Cast) and tree.type == "json":
        column = frame.plain(tree.of)
    if column is None or frame.type(column).dimensions:
        return None
    return column if frame.type(column).kind in (Kind.JSON, Kind.TEXT) else None


def _path(frame: Frame, tree: Tree) -> tuple[str, str, str] | None:
    """Column, key and operator of a single step into a document."""
    while isinstance(tree, Cast):
        tree = tree.of
    if not isinstance(tree, Apply) or tree.operator not in _STEPS:
        return None
    column, key = _document(frame, tree.parts[0]), evaluate(tree.parts[1]) if is_constant(tree.parts[1]) else None
    if isinstance(key, list) and len(key) == 1:
        key = key[0]
    if column is None or not isinstance(key, str):
        raise NotUnderstood("such a path into a document is not understood")
    return column.name, key, tree.operator


def _valid(frame: Frame, claim: Claim) -> Formula:
    column = frame.plain(claim.left)
    if column is None or claim.negated:
        raise NotUnderstood("what is no JSON document is not understood")
    return always() if frame.type(column).kind is Kind.JSON else formed(column.name, "json")


def _has(frame: Frame, claim: Claim) -> Formula:
    column = _document(frame, claim.left)
    keys = evaluate(claim.right) if is_constant(claim.right) else None
    names = keys if isinstance(keys, list) else [keys]
    texts = [name for name in names if isinstance(name, str)]
    if column is None or len(texts) < len(names):
        raise NotUnderstood("such keys of a document are not understood")
    if claim.negated:
        lacks = [fact(column.name, Domain(json_lacks=(name,))) for name in texts]
        return one_of(lacks) if claim.operator == "?&" and texts else all_of(*lacks)
    if claim.operator == "?|":
        return one_of([_keyed(column.name, {name: ""}) for name in texts]) if texts else never(claim)
    return _keyed(column.name, dict.fromkeys(texts, ""))


def _keyed(column: str, keys: dict[str, str]) -> Formula:
    return fact(column, Domain(json_kind="object", json_keys=keys))


def _contains(frame: Frame, claim: Claim) -> Formula:
    column = _document(frame, claim.left)
    if column is None or claim.negated or not is_constant(claim.right):
        raise NotUnderstood("such a document is not understood")
    wanted = json.loads(str(fit(evaluate(claim.right), frame.type(column))))
    if isinstance(wanted, dict) and all(isinstance(value, (str, int, float, bool)) for value in wanted.values()):
        return fact(column.name, Domain(json_kind="object", json_values=wanted))
    raise NotUnderstood("a document inside another is not understood")


def _typed(frame: Frame, claim: Claim, call: Apply) -> Formula:
    kind = (constant_text(claim.right) or "").lower()
    if call.operator == "typeof":
        return _stored(frame, claim, call, kind)
    kind = _NUMBERS.get(kind, kind)
    path = _path(frame, call.parts[0])
    column = path[0] if path is not None else _only(_document(frame, call.parts[0]))
    if kind not in _KINDS:
        return never(claim) if claim.operator == "=" else always()
    kinds = (kind,) if claim.operator == "=" else tuple(other for other in _KINDS if other not in (kind, "null"))
    if path is not None:
        return one_of([_keyed(column, {path[1]: one}) for one in kinds])
    return one_of([fact(column, Domain(json_kind=one)) for one in kinds])


def _only(column: Name | None) -> str:
    if column is None:
        raise NotUnderstood("the kind of what is no document is not understood")
    return column.name


_STORED = {
    "integer": (Kind.INTEGER, Kind.BOOLEAN, Kind.YEAR), "real": (Kind.FLOAT, Kind.NUMERIC), "text": (Kind.TEXT, Kind.CHAR),
    "blob": (Kind.BYTES,),
}  # fmt: skip


def _stored(frame: Frame, claim: Claim, call: Apply, kind: str) -> Formula:
    """SQLite's ``typeof``: values are generated in the column's own type."""
    column = frame.plain(call.parts[0])
    if column is None or (kind not in _STORED and kind != "null"):
        raise NotUnderstood("how such a value is stored is not understood")
    same = frame.type(column).kind in _STORED.get(kind, ())
    return always() if same is (claim.operator == "=") else never(claim)


def _field(claim: Claim, column: str, key: str, step: str) -> Formula:
    """A field equal to a constant, or not empty; a field that is not there passes as null, but is not relied on."""
    value = evaluate(claim.right)
    if not isinstance(value, str) or not step.endswith(">>"):
        raise NotUnderstood("the value of a field is not understood")
    if claim.operator == "=":
        return fact(column, Domain(json_kind="object", json_values={key: value}))
    if value == "":
        return _keyed(column, {key: "string"})
    if not claim.strict:
        return fact(column, Domain(json_lacks=(key,)))
    raise NotUnderstood("a field that differs from a constant is not understood")


def field_is_null(frame: Frame, call: Apply, *, null: bool) -> Formula | None:
    """Whether a step into a document finds nothing."""
    path = _path(frame, call)
    if path is None:
        return None
    column, key, step = path
    if null:
        return fact(column, Domain(json_lacks=(key,)))
    return _keyed(column, {key: "string" if step.endswith(">>") else ""})
