"""How a column follows the columns that were made before it: ends, equality and difference."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks.model import Domain, Relation
from .fitness import sizes_of
from .lines import Line, line_of
from .model import Made, Task, made, written

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


@dataclass(frozen=True, slots=True)
class Side:
    """A relation as one column sees it: it stands ``operator other + offset``."""

    operator: str
    other: str
    offset: object
    own_form: str
    other_form: str


@dataclass(frozen=True, slots=True)
class Ends:
    """What other columns bound a value by, as the generator ``between`` wants it, or the column it equals."""

    lows: tuple[dict[str, object], ...] = ()
    highs: tuple[dict[str, object], ...] = ()
    equal: str = ""
    names: tuple[str, ...] = ()


def sides_of(task: Task) -> tuple[Side, ...]:
    """The relations between values that name the column; those between sizes are settled in the domains."""
    return tuple(_side(relation, task.name) for relation in task.relations if _names(relation, task.name))


def _names(relation: Relation, name: str) -> bool:
    sides = (relation.left, relation.right)
    return relation.measure == "value" and name in sides and sides[0] != sides[1]


def _side(relation: Relation, name: str) -> Side:
    if relation.left == name:
        forms = relation.left_form, relation.right_form
        return Side(relation.operator, relation.right, relation.offset, *forms)
    offset = None if relation.offset is None else -relation.offset
    return Side(_TURNED[relation.operator], relation.left, offset, relation.right_form, relation.left_form)


def ends_of(task: Task, line: Line) -> Ends:
    """The ends that relations put to a value of an ordered type; offsets are whole steps, rounded inwards."""
    lows: list[dict[str, object]] = []
    highs: list[dict[str, object]] = []
    equal, names = "", []
    for side in sides_of(task):
        if side.operator == "<>":
            continue
        names.append(side.other)
        up, down = _steps(line, side.offset, up=True), _steps(line, side.offset, up=False)
        if side.operator == "=" and not up and not down:
            equal = side.other
        if side.operator in (">", ">=", "="):
            lows.append(_end(side.other, up + (line.least if side.operator == ">" and up == down else 0)))
        if side.operator in ("<", "<=", "="):
            highs.append(_end(side.other, down - (line.least if side.operator == "<" and up == down else 0)))
    return Ends(tuple(lows), tuple(highs), equal, tuple(dict.fromkeys(names)))


def _steps(line: Line, offset: object, *, up: bool) -> int:
    if offset is None:
        return 0
    try:
        return line.offset(offset, up=up)
    except ValueError:
        return 0


def _end(name: str, plus: int) -> dict[str, object]:
    return {"column": name, "plus": plus} if plus else {"column": name}


def without_clashes(task: Task, found: Made) -> Made:
    """The same values, drawn anew where they equal a column or a constant that they must not equal.

    Values that are distinct by construction, or chosen from what was admitted, are left alone.
    """
    columns = list(dict.fromkeys(side.other for side in sides_of(task) if side.operator == "<>"))
    excluded = _excluded(task)
    listed = found.generator is not None and found.generator.name in ("choice", "constant", "unique_choice")
    excluded = [] if listed and found.generator != task.meaning else excluded
    if found.generator is None or found.capacity is not None or not (columns or excluded):
        return found
    return made(
        "unlike", f"{found.reason}, unlike {', '.join([*columns, *map(str, excluded)])}",
        of=written(found.generator), columns=columns, excluded=excluded,
    )  # fmt: skip


def _excluded(task: Task) -> list[object]:
    """The excluded constants that the column could hold otherwise, as a plan writes them."""
    line = line_of(task.data_type)
    if line is None:
        texts = [item for item in task.domain.excluded if item != ""]
        return [item if isinstance(item, bool | int | str) else str(item) for item in texts]
    found: list[object] = []
    for item in task.domain.excluded:
        try:
            step, inside = line.steps(item, up=True), line.interval(task.domain).within(line.whole)
            if step == line.steps(item, up=False) and inside.holds(step):
                found.append(line.literal(step))
        except (ValueError, OverflowError):
            continue
    return found


def copied(task: Task, *, text: bool) -> Made | None:
    """The value of a column that this one equals; also where it may equal it, and no other order is known."""
    for side in sides_of(task):
        if side.operator in ("=", "<=", ">=") and side.offset is None:
            inner = made("copy", f"equals {side.other}", column=side.other)
            return _formed(task, inner, side) if text and inner.generator is not None else inner
    return None


def _formed(task: Task, inner: Made, side: Side) -> Made:
    """A copied text in the form that the relation compares it in, cut to this column's size."""
    assert inner.generator is not None
    sizes = sizes_of(task.data_type, task.domain)
    forms = sorted({*_case(task.domain), *([side.other_form] if side.other_form else [])})
    if not forms and sizes.most is None:
        return inner
    return made(
        "fitted", inner.reason, of=written(inner.generator), max_size=sizes.most or 0, forms=forms,
    )  # fmt: skip


def _case(domain: Domain) -> frozenset[str]:
    return domain.forms & {"lower", "upper"}
