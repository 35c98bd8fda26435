"""SQL text becomes a :mod:`tree <.tree>`; what the parser knows and we do not is refused by name."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .tree import Apply, Cast, Literal, Name, NotUnderstood, Tree

_INFIX = {
    "And": "and", "Or": "or", "Xor": "xor", "EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=",
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Mod": "%", "DPipe": "||", "NullSafeNEQ": "distinct",
    "NullSafeEQ": "not distinct", "RegexpLike": "~", "RegexpILike": "~*", "Like": "like", "ILike": "ilike",
    "SimilarTo": "similar", "Glob": "glob", "Nullif": "nullif", "StartsWith": "starts_with", "Left": "left",
    "Right": "right", "ArrayContainsAll": "@>", "ArrayContainedBy": "<@", "ArrayOverlaps": "&&",
    "JSONBContains": "?", "JSONBContainsTopKey": "?", "JSONBContainsAllTopKeys": "?&", "JSONBContainsAnyTopKeys": "?|",
    "JSONExtract": "->", "JSONExtractScalar": "->>", "JSONBExtract": "#>", "JSONBExtractScalar": "#>>",
    "ArraySize": "array_length", "ArrayPosition": "array_position", "ArrayRemove": "array_remove",
    "IntDiv": "div", "DateDiff": "datediff", "Datetime": "datetime", "BitwiseAnd": "&", "Round": "round", "TimestampTrunc": "date_trunc", "DateTrunc": "date_trunc",
}  # fmt: skip
"""Nodes of one operand or two, kept in ``this`` and ``expression`` (or ``unit``, ``decimals``)."""

_PREFIX = {
    "Neg": "neg", "Lower": "lower", "Upper": "upper", "Abs": "abs", "BitLength": "bit_length",
    "JSONType": "jsonb_typeof", "Typeof": "typeof", "Year": "year", "Month": "month", "Day": "day", "Date": "date",
    "TsOrDsToDate": "date", "TsOrDsToTimestamp": "timestamp", "Floor": "floor", "Ceil": "ceil", "Ascii": "ascii",
    "Hour": "hour", "Minute": "minute", "Second": "second", "ByteLength": "octet_length",
}  # fmt: skip

_NOW = {"CurrentTimestamp", "CurrentDate", "CurrentTime", "CurrentDatetime", "Localtimestamp", "CurrentTimestampLTZ"}

_CALLS = {
    "char_length": "length", "character_length": "length", "btrim": "trim", "mod": "%", "position": "strpos",
    "json_typeof": "jsonb_typeof", "json_type": "jsonb_typeof", "json_array_length": "jsonb_array_length",
    "json_length": "jsonb_array_length", "lcase": "lower", "ucase": "upper", "ceiling": "ceil", "getdate": "now",
    "jsonb_exists": "?", "jsonb_exists_all": "?&", "jsonb_exists_any": "?|",
    "texteq": "=", "textne": "<>", "ifnull": "coalesce", "current_timestamp": "now", "current_date": "today",
    "sysdate": "now", "textregexeq": "~", "textlike": "like", "regexp_like": "~",
    "instr": "strpos", "startswith": "starts_with", "curdate": "today",
}  # fmt: skip
"""Functions that have an operator's name, or several names."""

_LISTS = {"Array": "array", "Tuple": "row", "Coalesce": "coalesce", "Greatest": "greatest", "Least": "least"}

_FAMILIES = {
    "text": {"TEXT", "VARCHAR", "CHAR", "BPCHAR", "NCHAR", "NVARCHAR", "NAME", "LONGTEXT", "MEDIUMTEXT", "TINYTEXT"},
    "integer": {"INT", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "INT128", "UINT", "UBIGINT", "USMALLINT"},
    "numeric": {"DECIMAL", "BIGDECIMAL", "UDECIMAL"},
    "float": {"DOUBLE", "FLOAT", "UDOUBLE"},
    "timestamp": {"TIMESTAMP", "DATETIME", "TIMESTAMPNTZ", "DATETIME2"},
    "timestamptz": {"TIMESTAMPTZ", "TIMESTAMPLTZ"},
    "json": {"JSON", "JSONB"},
    "binary": {"BINARY", "VARBINARY", "BLOB", "CHARACTER_SET"},
}

_HARMLESS = {
    "safe", "value_constructor", "null_propagation", "ignore_nulls", "_type", "nested", "only_json_types", "typed",
    "dtype", "json_type", "variant_extract", "emit", "is_string", "quoted", "zone_default", "sysdate", "copy",
}  # fmt: skip


@lru_cache(maxsize=8192)
def read(sql: str, dialect: str) -> Tree:
    """The tree of an expression.

    Raises:
        NotUnderstood: the text does not parse, or holds something that is not understood here.
    """
    try:
        parsed = sqlglot.parse_one(sql, dialect=dialect)
    except (SqlglotError, RecursionError) as error:
        raise NotUnderstood(f"does not parse: {str(error).splitlines()[0]}") from error
    if not isinstance(parsed, exp.Expression):
        raise NotUnderstood("does not parse as an expression")
    return _tree(parsed)


def _tree(node: exp.Expression) -> Tree:
    kind = type(node).__name__
    if kind in _INFIX:
        return _infix(node, _INFIX[kind])
    if kind in _PREFIX:
        return Apply(_PREFIX[kind], (_tree(_only(node)),))
    if kind in _LISTS:
        return Apply(_LISTS[kind], tuple(map(_tree, _operands(node))))
    if kind in _NOW:
        return Apply("now", ()) if kind != "CurrentDate" else Apply("today", ())
    handler = _HANDLERS.get(kind)
    if handler is None:
        raise NotUnderstood(f"{_spoken(kind)} is not understood")
    return handler(node)


def _spoken(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def _expect(node: exp.Expression, *known: str) -> None:
    """Refuses a node with arguments besides those known: they would change what it means."""
    for name, value in node.args.items():
        if name not in known and name not in _HARMLESS and value not in (None, False, []):
            raise NotUnderstood(f"{_spoken(type(node).__name__)} with {name} is not understood")


def _only(node: exp.Expression) -> exp.Expression:
    _expect(node, "this")
    return _child(node, "this")


def _child(node: exp.Expression, name: str) -> exp.Expression:
    child = node.args.get(name)
    if not isinstance(child, exp.Expression):
        raise NotUnderstood(f"{_spoken(type(node).__name__)} without {name} is not understood")
    return child


def _operands(node: exp.Expression) -> list[exp.Expression]:
    _expect(node, "this", "expressions")
    first = node.args.get("this")
    rest = list(node.args.get("expressions") or [])
    return [first, *rest] if isinstance(first, exp.Expression) else rest


def _infix(node: exp.Expression, operator: str) -> Tree:
    _expect(node, "this", "expression", "unit", "decimals", "negate")
    right = node.args.get("expression") or node.args.get("unit") or node.args.get("decimals")
    left = _tree(_child(node, "this"))
    parts: tuple[Tree, ...] = (left,)
    if isinstance(right, exp.Expression):
        quantified = _quantified(operator, left, right)
        if quantified is not None:
            return quantified
        parts = (left, _tree(right))
    made = Apply(operator, parts)
    return Apply("not", (made,)) if node.args.get("negate") else made


def _quantified(operator: str, left: Tree, right: exp.Expression) -> Tree | None:
    if isinstance(right, (exp.Any, exp.All)):
        name, inner = ("any" if isinstance(right, exp.Any) else "all"), _child(right, "this")
    elif isinstance(right, exp.Anonymous) and str(right.this).lower() in ("any", "some", "all"):
        name, inner = ("all" if str(right.this).lower() == "all" else "any"), right.expressions[0]
    else:
        return None
    if isinstance(inner, (exp.Subquery, exp.Select)):
        raise NotUnderstood("a subquery is not understood")
    return Apply(f"{name} {operator}", (left, _tree(inner)))


def _paren(node: exp.Expression) -> Tree:
    return _tree(_only(node))


def _column(node: exp.Expression) -> Tree:
    inner = _child(node, "this")
    if isinstance(inner, exp.Star):
        raise NotUnderstood("a star is not understood")
    return Name(node.name)


def _literal(node: exp.Expression) -> Tree:
    text = str(node.this)
    if not isinstance(node, exp.Literal) or node.is_string:
        return Literal(text)
    if text.lstrip("-").isdigit():
        return Literal(int(text))
    return Literal(Decimal(text))


def _is(node: exp.Expression) -> Tree:
    _expect(node, "this", "expression", "negate")
    left, right = _tree(_child(node, "this")), _child(node, "expression")
    if isinstance(right, exp.Not):
        return Apply("not", (_is_what(left, _child(right, "this")),))
    made = _is_what(left, right)
    return _is_not(made) if node.args.get("negate") else made


def _is_not(made: Tree) -> Tree:
    """``row IS NOT NULL`` asks that no field is null, which is more than that the row is not null."""
    if isinstance(made, Apply) and made.operator == "is null":
        (left,) = made.parts
        if isinstance(left, Apply) and left.operator == "row":
            return Apply("and", tuple(Apply("not", (Apply("is null", (part,)),)) for part in left.parts))
    return Apply("not", (made,))


def _not(node: exp.Expression) -> Tree:
    inner = _only(node)
    made = _tree(inner)
    return _is_not(made) if isinstance(inner, exp.Is) else Apply("not", (made,))


def _is_what(left: Tree, right: exp.Expression) -> Tree:
    if isinstance(right, exp.Null):
        return Apply("is null", (left,))
    if isinstance(right, exp.Boolean):
        return Apply("is true" if right.this else "is false", (left,))
    if isinstance(right, exp.JSON):
        _expect(right)
        return Apply("json_valid", (left,))
    return Apply("not distinct", (left, _tree(right)))


def _cast(node: exp.Expression) -> Tree:
    _expect(node, "this", "to")
    target = _child(node, "to")
    inner = _tree(_child(node, "this"))
    array = False
    while isinstance(target, exp.DataType) and target.this.name == "ARRAY" and target.expressions:
        array, target = True, target.expressions[0]
    return Cast(inner, _family(target), array)


def _family(target: exp.Expression) -> str:
    if isinstance(target, exp.Interval):
        return "interval"
    name = target.this.name if isinstance(target, exp.DataType) else str(target)
    if name == "USERDEFINED":
        return str(target.args.get("kind")).rsplit(".", 1)[-1].strip('"').lower()
    return next((family for family, names in _FAMILIES.items() if name in names), name.lower())


def _between(node: exp.Expression) -> Tree:
    _expect(node, "this", "low", "high", "negate")
    value = _tree(_child(node, "this"))
    low, high = _tree(_child(node, "low")), _tree(_child(node, "high"))
    made = Apply("and", (Apply(">=", (value, low)), Apply("<=", (value, high))))
    return Apply("not", (made,)) if node.args.get("negate") else made


def _in(node: exp.Expression) -> Tree:
    _expect(node, "this", "expressions", "negate")
    made = Apply("any =", (_tree(_child(node, "this")), Apply("array", tuple(map(_tree, node.expressions)))))
    return Apply("not", (made,)) if node.args.get("negate") else made


def _case(node: exp.Expression) -> Tree:
    _expect(node, "this", "ifs", "default")
    subject = node.args.get("this")
    parts: list[Tree] = []
    for arm in node.args["ifs"]:
        condition = _tree(_child(arm, "this"))
        if isinstance(subject, exp.Expression):
            condition = Apply("=", (_tree(subject), condition))
        parts += [condition, _tree(_child(arm, "true"))]
    default = node.args.get("default")
    parts.append(_tree(default) if isinstance(default, exp.Expression) else Literal(None))
    return Apply("case", tuple(parts))


def _if(node: exp.Expression) -> Tree:
    _expect(node, "this", "true", "false")
    otherwise = node.args.get("false")
    last = _tree(otherwise) if isinstance(otherwise, exp.Expression) else Literal(None)
    return Apply("case", (_tree(_child(node, "this")), _tree(_child(node, "true")), last))


def _trim(node: exp.Expression) -> Tree:
    _expect(node, "this", "expression", "position")
    side = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    parts = [_tree(_child(node, "this"))]
    if isinstance(node.args.get("expression"), exp.Expression):
        parts.append(_tree(_child(node, "expression")))
    return Apply(side, tuple(parts))


def _length(node: exp.Expression) -> Tree:
    _expect(node, "this", "binary", "encoding")
    return Apply("octet_length" if node.args.get("binary") else "length", (_tree(_child(node, "this")),))


def _extract(node: exp.Expression) -> Tree:
    _expect(node, "this", "expression")
    unit = node.this.name if isinstance(node.this, (exp.Var, exp.Identifier)) else _text(_tree(_child(node, "this")))
    return Apply("extract", (Literal(unit.lower()), _tree(_child(node, "expression"))))


def _text(tree: Tree) -> str:
    while isinstance(tree, Cast):
        tree = tree.of
    if isinstance(tree, Literal) and isinstance(tree.value, str):
        return tree.value
    raise NotUnderstood("a text constant was expected")


def _interval(node: exp.Expression) -> Tree:
    _expect(node, "this", "unit")
    amount = _tree(_child(node, "this"))
    value = amount.value if isinstance(amount, Literal) else _text(amount)
    return Cast(Literal(f"{value} {node.args.get('unit') or ''}".strip().lower()), "interval")


def _substring(node: exp.Expression) -> Tree:
    _expect(node, "this", "start", "length")
    parts = [node.args.get(name) for name in ("this", "start", "length")]
    return Apply("substring", tuple(_tree(part) for part in parts if isinstance(part, exp.Expression)))


def _position(node: exp.Expression) -> Tree:
    _expect(node, "this", "substr")
    return Apply("strpos", (_tree(_child(node, "this")), _tree(_child(node, "substr"))))


def _replace(node: exp.Expression) -> Tree:
    _expect(node, "this", "expression", "replacement", "single_replace", "modifiers")
    parts = [node.args.get(name) for name in ("this", "expression", "replacement", "modifiers")]
    name = "regexp_replace" if isinstance(node, exp.RegexpReplace) else "replace"
    return Apply(name, tuple(_tree(part) for part in parts if isinstance(part, exp.Expression)))


def _translate(node: exp.Expression) -> Tree:
    _expect(node, "this", "from_", "to")
    parts = [node.args.get(name) for name in ("this", "from_", "to")]
    return Apply("translate", tuple(_tree(part) for part in parts if isinstance(part, exp.Expression)))


def _concat(node: exp.Expression) -> Tree:
    """PostgreSQL joins what is there, and leaves out nulls; MariaDB makes null of them."""
    _expect(node, "this", "expressions", "coalesce")
    parts = [_tree(part) for part in node.args.get("expressions") or []]
    if not node.args.get("coalesce"):
        return Apply("concat", tuple(parts))
    return Apply("concat", tuple(part if isinstance(part, Literal) else _or_nothing(part) for part in parts))


def _or_nothing(part: Tree) -> Tree:
    return Apply("coalesce", (Cast(part, "text"), Literal("")))


def _concat_ws(node: exp.Expression) -> Tree:
    """Joined by a separator; nulls have none."""
    _expect(node, "expressions", "coalesce")
    separator, *parts = map(_tree, node.args.get("expressions") or [])
    made: Tree | None = None
    for place in range(len(parts) - 1, -1, -1):
        rest = [_or_nothing(Apply("||", (separator, Cast(one, "text")))) for one in parts[place + 1 :]]
        joined: Tree = Cast(parts[place], "text")
        for one in rest:
            joined = Apply("||", (joined, one))
        made = joined if made is None else Apply("case", (Apply("is null", (parts[place],)), made, joined))
    if made is None:
        raise NotUnderstood("an empty join is not understood")
    return made


def _pad(node: exp.Expression) -> Tree:
    _expect(node, "this", "expression", "fill_pattern", "is_left")
    if not node.args.get("is_left"):
        raise NotUnderstood("a text filled up on the right is not understood")
    fill = node.args.get("fill_pattern")
    sign = _tree(fill) if isinstance(fill, exp.Expression) else Literal(" ")
    return Apply("lpad", (_tree(_child(node, "this")), _tree(_child(node, "expression")), sign))


_INTERVALS = {"week": "1 week", "day": "1 day", "hour": "1 hour", "minute": "1 minute", "second": "1 second"}


def _make_interval(node: exp.Expression) -> Tree:
    """``make_interval(mins => n)`` is n times a minute."""
    _expect(node, *_INTERVALS)
    made: Tree | None = None
    for unit, one in _INTERVALS.items():
        given = node.args.get(unit)
        if isinstance(given, exp.Expression):
            count = _tree(_child(given, "expression") if isinstance(given, exp.Kwarg) else given)
            part = Apply("*", (count, Cast(Literal(one), "interval")))
            made = part if made is None else Apply("+", (made, part))
    if made is None:
        raise NotUnderstood("such an interval is not understood")
    return made


def _escape(node: exp.Expression) -> Tree:
    _expect(node, "this", "expression")
    matched = _tree(_child(node, "this"))
    if not isinstance(matched, Apply):
        raise NotUnderstood("an escape of that is not understood")
    inner = matched.parts[0] if matched.operator == "not" else matched
    if not isinstance(inner, Apply):
        raise NotUnderstood("an escape of that is not understood")
    made = Apply(inner.operator, (*inner.parts, _tree(_child(node, "expression"))))
    return Apply("not", (made,)) if matched.operator == "not" else made


def _path(node: exp.Expression) -> Tree:
    """A path of one key is that key."""
    steps = [step for step in node.expressions if not isinstance(step, exp.JSONPathRoot)]
    if len(steps) != 1 or not isinstance(steps[0], exp.JSONPathKey) or not isinstance(steps[0].this, str):
        raise NotUnderstood("such a path into a document is not understood")
    return Literal(steps[0].this)


def _call(node: exp.Expression) -> Tree:
    if isinstance(node.args.get("this"), exp.Expression):
        raise NotUnderstood("a computed call is not understood")
    name = str(node.this).lower().strip('"')
    return Apply(_CALLS.get(name, name), tuple(map(_tree, node.expressions)))


def _qualified(node: exp.Expression) -> Tree:
    return _tree(_child(node, "expression"))


def _spelled_operator(node: exp.Expression) -> Tree:
    """``a OPERATOR(schema.=) b`` is ``a = b``; the schema is where PostgreSQL found it."""
    sign = str(node.args.get("operator")).rsplit(".", 1)[-1]
    left, right = _tree(_child(node, "this")), _tree(_child(node, "expression"))
    plain = {"!~": "~", "!~*": "~*", "!~~": "like", "!~~*": "ilike"}
    if sign in plain:
        return Apply("not", (Apply(plain[sign], (left, right)),))
    return Apply({"~~": "like", "~~*": "ilike", "!=": "<>"}.get(sign, sign), (left, right))


def _transparent(node: exp.Expression) -> Tree:
    return _tree(_child(node, "this"))


_HANDLERS = {
    "Paren": _paren, "Column": _column, "Identifier": lambda node: Name(node.name), "Literal": _literal,
    "National": _literal, "ByteString": _literal, "RawString": _literal, "UnicodeString": _literal,
    "Boolean": lambda node: Literal(bool(node.this)), "Null": lambda node: Literal(None),
    "Is": _is, "Not": _not, "Cast": _cast, "TryCast": _cast, "Between": _between, "In": _in, "Case": _case, "If": _if,
    "Trim": _trim, "Length": _length, "Extract": _extract, "Interval": _interval, "Substring": _substring,
    "StrPosition": _position, "Replace": _replace, "RegexpReplace": _replace, "Escape": _escape,
    "Anonymous": _call, "Dot": _qualified, "Operator": _spelled_operator, "Introducer": _qualified,
    "Collate": _transparent, "AtTimeZone": lambda node: Apply("at time zone", (_transparent(node),)),
    "Distinct": _paren, "JSONPath": _path, "Translate": _translate, "Concat": _concat, "ConcatWs": _concat_ws,
    "Pad": _pad, "MakeInterval": _make_interval,
}  # fmt: skip
