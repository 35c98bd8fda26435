"""Whether concrete values are as a domain or a world says: the model's own meaning, written a second time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from .constants import place, read_array
from .evaluation import evaluated
from .model import Computed, Constant, Domain, Nullity, Relation, Sum, World
from .patterns import matches

_ORDERED = (bool, int, float, Decimal, date, datetime, time, timedelta)
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (dict, "object"), (list, "array"), (str, "string"), (int, "number"), (float, "number"),
)  # fmt: skip
_RANGE = re.compile(r'([\[(])\s*"?([^",]*)"?\s*,\s*"?([^",]*)"?\s*([\])])$')


def satisfies(row: Mapping[str, object], world: World) -> bool:
    """Whether a row lives in a world; a column that the row lacks is null."""
    return (
        all(accepts(domain, row.get(name)) for name, domain in world.domains.items())
        and all(_relation_holds(relation, row) for relation in world.relations)
        and all(_sum_holds(total, row) for total in world.sums)
        and all(_formula_holds(one, row) for one in world.computed)
    )


def accepts(domain: Domain, value: object) -> bool:
    """Whether a column with this domain may hold the value; documents and arrays may be given as text."""
    if value is None:
        return domain.null is not Nullity.NEVER
    if domain.null is Nullity.ALWAYS:
        return False
    return (
        _listed(domain, value)
        and _bounded(domain, value)
        and _sized(domain, value)
        and _spelled(domain, value)
        and _structured(domain, value)
    )


def _listed(domain: Domain, value: object) -> bool:
    if domain.values is not None and not any(same(value, item) for item in domain.values):
        return False
    return not any(same(value, item) for item in domain.excluded)


def same(value: object, constant: object) -> bool:
    """Whether two values are equal; a truth value is no number, and a moment at midnight is its day."""
    if isinstance(value, bool) is not isinstance(constant, bool):
        return False
    if isinstance(value, _ORDERED) and isinstance(constant, _ORDERED):
        return place(value) == place(constant)
    return value == constant or (not isinstance(value, str) and str(value) == constant)


def _bounded(domain: Domain, value: object) -> bool:
    if domain.low is None and domain.high is None:
        return True
    if isinstance(value, str):
        return _range_within(domain, value)
    if not isinstance(value, _ORDERED):
        return False
    at = place(value)
    if domain.low is not None:
        low = place(domain.low.value)
        if at < low or (domain.low.open and at == low):
            return False
    if domain.high is not None:
        high = place(domain.high.value)
        if at > high or (domain.high.open and at == high):
            return False
    return True


def _range_within(domain: Domain, value: str) -> bool:
    """A range lies within bounds that are compared as written: dates, moments and equally long numbers sort so."""
    match = _RANGE.match(value.strip())
    if match is None:
        return value.strip() == "empty"
    low, high = match[2], match[3]
    above = domain.low is None or bool(low and _text_place(low) >= place(domain.low.value))
    return above and (domain.high is None or bool(high and _text_place(high) <= place(domain.high.value)))


def _text_place(text: str) -> Fraction:
    try:
        return Fraction(text)
    except ValueError:
        return place(datetime.fromisoformat(text).replace(tzinfo=None))


def size_of(value: object) -> int | None:
    """How many characters, octets or elements a value has; None where it has no size."""
    document = _document(value)
    if isinstance(document, list):
        return len(document)
    if isinstance(value, str) and value.startswith("\\x"):
        return (len(value) - 2) // 2
    return len(value) if isinstance(value, (str, bytes, list, tuple)) else None


def _sized(domain: Domain, value: object) -> bool:
    if domain.max_text is not None and len(value if isinstance(value, str) else json.dumps(value)) > domain.max_text:
        return False
    if not domain.min_size and domain.max_size is None:
        return True
    size = len(value) if isinstance(value, str) and not _is_literal(domain, value) else size_of(value)
    if size is None:
        return False
    return size >= domain.min_size and (domain.max_size is None or size <= domain.max_size)


def _is_literal(domain: Domain, value: str) -> bool:
    return value.startswith("\\x") or bool(domain.json_kind)


def _spelled(domain: Domain, value: object) -> bool:
    for pattern in domain.patterns:
        if not matches(pattern, value if isinstance(value, str) else str(value)):
            return False
    return all(_formed(form, value) for form in domain.forms)


def _formed(form: str, value: object) -> bool:
    if not isinstance(value, str):
        return form == "json"
    if form in _TEXT_FORMS:
        return _TEXT_FORMS[form](value)
    if form == "json":
        return _reads_as_json(value)
    return _range_formed(form, value.strip())


_TEXT_FORMS: dict[str, Callable[[str], bool]] = {
    "lower": lambda text: text == text.lower(),
    "upper": lambda text: text == text.upper(),
    "trimmed": lambda text: text == text.strip(" "),
    "not_blank": lambda text: text.strip(" ") != "",
}


def _range_formed(form: str, value: str) -> bool:
    match = _RANGE.match(value)
    if match is None:
        return False
    return {
        "filled": True,
        "low_bounded": bool(match[2]), "low_unbounded": not match[2],
        "high_bounded": bool(match[3]), "high_unbounded": not match[3],
        "low_included": match[1] == "[", "low_excluded": match[1] == "(",
        "high_included": match[4] == "]", "high_excluded": match[4] == ")",
    }[form]  # fmt: skip


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _document(value: object) -> object:
    if isinstance(value, str) and _reads_as_json(value):
        return json.loads(value)
    return value


def kind_of(document: object) -> str:
    """The JSON kind of a document that has been read."""
    if document is None:
        return "null"
    return next((name for type_, name in _KINDS if isinstance(document, type_)), "")


def _structured(domain: Domain, value: object) -> bool:
    if not _document_fits(domain, value):
        return False
    if domain.truncated and not is_truncated(value, domain.truncated):
        return False
    if domain.divisor and not (isinstance(value, _ORDERED) and place(value) % domain.divisor == 0):
        return False
    return _elements_fit(domain, value)


def _document_fits(domain: Domain, value: object) -> bool:
    if not (domain.json_kind or domain.json_keys or domain.json_values or domain.json_lacks):
        return True
    document = _document(value)
    if domain.json_kind and kind_of(document) != domain.json_kind:
        return False
    if not isinstance(document, dict):
        return not domain.json_keys and not domain.json_values
    return (
        all(key in document and _of_kind(document[key], kind) for key, kind in domain.json_keys.items())
        and all(key in document and same(document[key], wanted) for key, wanted in domain.json_values.items())
        and not any(key in document for key in domain.json_lacks)
    )


def _of_kind(document: object, kind: str) -> bool:
    return not kind or (kind_of(document) == kind and document != "")


def _elements_fit(domain: Domain, value: object) -> bool:
    said = domain.element_excluded or domain.element_values is not None or domain.element_required or domain.element
    if not said:
        return True
    elements = _elements(value)
    return (
        not any(same(item, banned) for item in elements for banned in domain.element_excluded)
        and (domain.element_values is None or all(any(same(i, one) for one in domain.element_values) for i in elements))
        and all(any(same(item, needed) for item in elements) for needed in domain.element_required)
        and (domain.element is None or all(accepts(domain.element, item) for item in elements))
    )


def _elements(value: object) -> Sequence[object]:
    document = _document(value)
    if isinstance(document, (list, tuple)):
        return document
    return read_array(document) if isinstance(document, str) else ()


_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_STARTS = (1, 1, 1, 0, 0, 0, 0)


def is_truncated(value: object, unit: str) -> bool:
    """Whether a day or moment is the start of its unit."""
    if not isinstance(value, date):
        return False
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if unit == "week":
        return moment.weekday() == 0 and is_truncated(value, "day")
    if unit == "quarter":
        return moment.month % 3 == 1 and is_truncated(value, "month")
    after = _PARTS.index(unit) + 1
    return all(getattr(moment, part) == start for part, start in zip(_PARTS[after:], _STARTS[after:], strict=True))


def holds(operator: str, left: Fraction | int, right: Fraction | int) -> bool:
    """Whether ``left operator right``."""
    return {
        "=": left == right, "<>": left != right, "<": left < right,
        "<=": left <= right, ">": left > right, ">=": left >= right,
    }[operator]  # fmt: skip


def _relation_holds(relation: Relation, row: Mapping[str, object]) -> bool:
    left, right = (
        _shaped(row.get(relation.left), relation.left_form),
        _shaped(row.get(relation.right), relation.right_form),
    )
    if left is None or right is None:
        return True
    if relation.measure == "size":
        return holds(relation.operator, size_of(left) or 0, size_of(right) or 0)
    if isinstance(left, _ORDERED) and isinstance(right, _ORDERED):
        offset: Constant = relation.offset if relation.offset is not None else 0
        return holds(relation.operator, place(left), place(right) + place(offset))
    if relation.operator in ("=", "<>"):
        return (left == right) is (relation.operator == "=")
    return isinstance(left, str) and isinstance(right, str) and _text_order(relation.operator, left, right)


def _text_order(operator: str, left: str, right: str) -> bool:
    return holds(operator, (left > right) - (left < right), 0)


def _shaped(value: object, form: str) -> object:
    if isinstance(value, str) and form:
        return value.lower() if form == "lower" else value.upper()
    return value


def _formula_holds(computed: Computed, row: Mapping[str, object]) -> bool:
    value, made = row.get(computed.column), evaluated(computed.formula, row)
    return value is None or made is None or value == made


def _sum_holds(total: Sum, row: Mapping[str, object]) -> bool:
    reached = Fraction(0)
    for factor, name in total.terms:
        value = row.get(name)
        if value is None:
            return True
        if not isinstance(value, _ORDERED):
            return False
        reached += Fraction(factor) * place(value)
    return holds(total.operator, reached, Fraction(total.constant))
