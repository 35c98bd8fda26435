"""JSON of the kind, and with the keys, that constraints ask for."""

from __future__ import annotations

from decimal import Decimal

from ..checks.model import Domain
from .errors import Unrealisable
from .listed import listed
from .model import Made, Task, made

_KEYS: dict[str, tuple[object, str]] = {
    "": ("label", "text"),
    "string": ("label", "text"),
    "number": ({"integer": {"min_value": 0, "max_value": 999}}, "integer"),
    "boolean": ("boolean", "boolean"),
    "object": ({"json_value": {"kind": "object"}}, "object"),
    "array": ({"json_value": {"kind": "array"}}, "array"),
    "null": ({"constant": {"value": "null"}}, "object"),
}
_TYPES: tuple[tuple[type, str], ...] = ((bool, "boolean"), (int, "integer"), (float, "number"), (Decimal, "number"))
_PLACES = 2
_ROOM = 60
"""Characters that a small object takes."""

_USUAL_KEYS = frozenset(("name", "count"))
"""What a plain object has in it."""

_KINDS = ("object", "array", "string", "number", "boolean", "null")


def document(task: Task) -> Made:
    """A generator of JSON text.

    Raises:
        Unrealisable: if constraints ask for what JSON is not.
    """
    domain = task.domain
    if domain.values is not None:
        return listed(task, domain.values, "the values that a constraint lists")
    kind = domain.json_kind or "object"
    if kind not in _KINDS:
        raise Unrealisable(task.name, f"{kind} is no kind of JSON")
    keys, types = _wanted_keys(domain)
    if task.unique is not None:
        return _distinct(task, kind, keys, types)
    if kind == "object" and (keys or _narrow(task)):
        return made("document", "an object with the keys that constraints ask for", keys=keys, types=types)
    if kind == "array" and _sized(domain):
        return _array(domain)
    if (
        task.meaning is not None
        and task.meaning.name in ("document", "json_value", "json_object")
        and not (domain.json_kind or domain.json_lacks)
        and not (domain.excluded and not task.meaning.parameters)  # what is excluded is the empty object, as a rule
    ):
        return Made(task.meaning, "its meaning")
    return made("json_value", f"a JSON {kind}", kind=kind)


def _wanted_keys(domain: Domain) -> tuple[dict[str, object], dict[str, str]]:
    """The keys that an object must have, with generators of their values and the JSON types of those."""
    keys: dict[str, object] = {}
    types: dict[str, str] = {}
    for name, wanted in domain.json_keys.items():
        keys[name], types[name] = _KEYS.get(wanted, _KEYS[""])
    for name, value in domain.json_values.items():
        keys[name] = {"constant": {"value": float(value) if isinstance(value, Decimal) else value}}
        types[name] = next((kind for type_, kind in _TYPES if isinstance(value, type_)), "text")
    if not keys and _USUAL_KEYS & set(domain.json_lacks):
        free = next(name for name in ("label", "title", "remark", "entry") if name not in domain.json_lacks)
        keys[free] = "label"
    return keys, types


def _sized(domain: Domain) -> bool:
    """Whether an array of the usual number of elements will not do."""
    most = _PLACES if domain.max_size is None else domain.max_size
    return bool(domain.element_required) or not domain.min_size <= _PLACES <= most


def _array(domain: Domain) -> Made:
    """An array of as many elements as are asked for, with those among them that must be."""
    required = [str(value) for value in domain.element_required]
    most = _PLACES if domain.max_size is None else domain.max_size
    size = max(domain.min_size, len(required), min(_PLACES, most))
    keys: dict[str, object] = {str(place): {"constant": {"value": value}} for place, value in enumerate(required)}
    keys |= {str(place): "label" for place in range(len(required), size)}
    return made("document", "a JSON array of the size that constraints ask for", keys=keys, types={}, kind="array")


def _narrow(task: Task) -> bool:
    """Whether there is room for nothing but an empty object."""
    limits = (task.data_type.size, task.domain.max_text)
    return any(limit is not None and limit < _ROOM for limit in limits)


def _distinct(task: Task, kind: str, keys: dict[str, object], types: dict[str, str]) -> Made:
    if kind in ("object", "array"):
        own = next(
            name for name in ("id", "key", "uuid", "reference", "token") if name not in {*keys, *task.domain.json_lacks}
        )
        parts = {**keys, own: {"uuid_text": {}}}
        return made("document", f"a JSON {kind} with an identifier of its own", keys=parts, types=types, kind=kind)
    if kind == "string":
        return made("unique_regex", "a JSON string, each once", pattern='^"[a-z0-9]{12}"$')
    if kind == "number":
        return made("unique_regex", "a JSON number, each once", pattern="^[1-9][0-9]{11}$")
    return listed(task, ["true", "false"] if kind == "boolean" else ["null"], f"a JSON {kind}")
