"""Texts: normal forms, patterns, pieces, and texts compared after a change of case or blanks."""

from __future__ import annotations

from dataclasses import dataclass

from ....catalog import Kind
from .. import patterns
from ..constants import TEXTS, evaluate, is_constant
from ..formula import Formula, Link
from ..frame import Claim, Frame, constant_number, constant_text
from ..model import Domain, Relation, TextPattern
from ..tree import Apply, Cast, Name, NotUnderstood, Tree, called
from .outcomes import all_of, always, fact, formed, matching, never, one_of

_CASES = ("lower", "upper")
_TRIMS = ("trim", "ltrim", "rtrim")
_PATTERNS = ("~", "~*", "like", "ilike", "similar", "glob", "starts_with")
_KINDS = (*TEXTS, Kind.ENUM, Kind.UUID, Kind.SET)


@dataclass(frozen=True, slots=True)
class Shaped:
    """A text column, and what is done to it before it is looked at; the first change is done first."""

    column: str
    changes: tuple[tuple[str, str], ...] = ()

    def apply(self, text: str) -> str:
        """What the changes make of a text."""
        for change, blanks in self.changes:
            if change in _CASES:
                text = text.lower() if change == "lower" else text.upper()
            else:
                cut = {"trim": str.strip, "ltrim": str.lstrip, "rtrim": str.rstrip}[change]
                text = cut(text, blanks)
        return text

    @property
    def trims(self) -> tuple[tuple[str, str], ...]:
        return tuple(change for change in self.changes if change[0] in _TRIMS)

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(change for change, _ in self.changes if change in _CASES)

    def unchanged(self) -> Formula:
        """The claim that the changes leave the text as it is."""
        parts: list[Formula] = [formed(self.column, *self.cases)] if self.changes else []
        for trim, blanks in self.trims:
            if trim == "trim" and blanks == " ":
                parts.append(formed(self.column, "trimmed"))
            else:
                parts.append(matching(self.column, _edge(trim, blanks, negated=True)))
        return all_of(*parts)


def _edge(trim: str, blanks: str, *, negated: bool) -> TextPattern:
    one = _any_of(blanks)
    edges = {"ltrim": f"^{one}", "rtrim": f"{one}$", "trim": f"^{one}|{one}$"}
    return TextPattern(edges[trim], negated=negated, source=f"{trim} {blanks!r}")


def _any_of(signs: str, *, none: bool = False) -> str:
    inside = "".join("\\" + sign if sign in "\\]^-[&~|" else sign for sign in signs)
    return f"[{'^' if none else ''}{inside}]"


def shaped(frame: Frame, tree: Tree) -> Shaped | None:
    """The text column that a tree is made of by changing case and cutting blanks; None where it is not."""
    column = frame.plain(tree)
    if column is not None:
        type_ = frame.type(column)
        return Shaped(column.name) if type_.kind in _KINDS and not type_.dimensions else None
    if isinstance(tree, Cast) and tree.type in ("text", "citext", "name", "binary"):
        return shaped(frame, tree.of)
    if not called(tree, *_CASES, *_TRIMS) or not isinstance(tree, Apply):
        return None
    inner = shaped(frame, tree.parts[0])
    blanks = constant_text(tree.parts[1]) if len(tree.parts) > 1 else " "
    if inner is None or not blanks:
        return None
    return Shaped(inner.column, (*inner.changes, (tree.operator, blanks)))


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """Comparisons and matches of texts."""
    if claim.operator in _PATTERNS:
        return _matched(frame, claim)
    if claim.operator not in ("=", "<>", ">", ">="):
        return None
    if isinstance(claim.left, Apply) and claim.left.operator in _PIECES and is_constant(claim.right):
        return _piece(frame, claim, claim.left)
    if isinstance(claim.left, Apply) and claim.left.operator in ("replace", "regexp_replace", "translate"):
        return _unreplaced(frame, claim, claim.left)
    if claim.operator not in ("=", "<>"):
        return None
    if claim.operator == "=" and called(claim.left, *WRITTEN_DAYS) and isinstance(claim.left, Apply):
        return _canonical(frame, claim, claim.left)
    left = shaped(frame, claim.left)
    if left is None or not left.changes:
        return None
    if is_constant(claim.right):
        return _constant(claim, left, evaluate(claim.right))
    right = shaped(frame, claim.right)
    return _two(claim, left, right) if right is not None else None


_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
"""Days that every month has, as SQLite writes them."""
WRITTEN_DAYS = {"date": f"^{_DAY}$", "datetime": rf"^{_DAY} ([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}$"}


def written_day(frame: Frame, call: Apply) -> Formula | None:
    """A text that SQLite reads as a day or moment, in the way it writes them."""
    column = frame.plain(call.parts[0])
    if column is None or frame.type(column).kind not in TEXTS or len(call.parts) > 1:
        return None
    return matching(column.name, TextPattern(WRITTEN_DAYS[call.operator], source=f"a {call.operator}"))


def _canonical(frame: Frame, claim: Claim, call: Apply) -> Formula | None:
    """``date(x) = x``."""
    same = frame.plain(call.parts[0]) == frame.plain(claim.right)
    return written_day(frame, call) if same else None


def _constant(claim: Claim, left: Shaped, text: object) -> Formula:
    if not isinstance(text, str):
        raise NotUnderstood("a text compared with what is none is not understood")
    if left.apply(text) != text:
        return never(claim) if claim.operator == "=" else always()
    if claim.operator == "=":
        return fact(left.column, Domain(values=(text,)))
    if text == "":
        return _not_blank(left)
    edges = "".join(blanks for _, blanks in left.trims)
    around = f"{_any_of(edges)}*" if edges else ""
    pattern = patterns.containing(
        text, before=f"^{around}", after=f"{around}$", negated=True, ignore_case=bool(left.cases)
    )
    return matching(left.column, pattern)


def _not_blank(left: Shaped) -> Formula:
    blanks = "".join(dict.fromkeys("".join(signs for _, signs in left.trims)))
    if not blanks:
        return fact(left.column, Domain(excluded=("",)))
    if blanks == " ":
        return formed(left.column, "not_blank")
    return matching(left.column, TextPattern(_any_of(blanks, none=True), source=f"besides {blanks!r}"))


def _two(claim: Claim, left: Shaped, right: Shaped) -> Formula:
    """Two texts, or one text before and after changes."""
    if left.column == right.column:
        if right.changes and left.changes != right.changes:
            raise NotUnderstood("a text changed in two ways is not understood")
        if left.changes == right.changes:
            return always() if claim.operator == "=" else never(claim)
        return left.unchanged() if claim.operator == "=" else _changed(left)
    if len(left.cases) > 1 or len(right.cases) > 1:
        raise NotUnderstood("a text changed so often is not understood")
    forms = [side.cases[0] if side.cases else "" for side in (left, right)]
    relation = Relation(left.column, claim.operator, right.column, left_form=forms[0], right_form=forms[1])
    trimmed = [Shaped(side.column, side.trims).unchanged() for side in (left, right) if side.trims]
    return all_of(Link(relation), *trimmed)


def _changed(left: Shaped) -> Formula:
    """The claim that one of the changes does something."""
    letters = {"lower": "[A-Z]", "upper": "[a-z]"}
    arms = [matching(left.column, TextPattern(letters[case], source=f"not {case}")) for case in left.cases]
    arms += [matching(left.column, _edge(trim, blanks, negated=False)) for trim, blanks in left.trims]
    return one_of(arms)


def _matched(frame: Frame, claim: Claim) -> Formula | None:
    left = shaped(frame, claim.left)
    if left is None:
        raise NotUnderstood("a pattern for what is no text column is not understood")
    pattern = _pattern(frame, claim, left)
    parts = [matching(left.column, pattern)]
    if left.changes:
        parts.append(left.unchanged())
    size = frame.types[left.column].size
    if frame.types[left.column].kind is Kind.CHAR and isinstance(claim.left, Name) and size and "$" in pattern.regex:
        # Blanks that fill up a character(n) count in a match, unless it is cast to text.
        parts.append(fact(left.column, Domain(min_size=size, max_size=size)))
    return all_of(*parts)


def _pattern(frame: Frame, claim: Claim, left: Shaped) -> TextPattern:
    source, operator, negated = claim.right, claim.operator, claim.negated
    if called(source, "similar_to_escape", "similar_escape") and isinstance(source, Apply):
        source, operator = source.parts[0], "similar"
    text = constant_text(source)
    if text is None:
        raise NotUnderstood("a pattern that is no constant is not understood")
    escape = (constant_text(claim.parts[2]) or "") if len(claim.parts) > 2 else "\\"
    folded = frame.types[left.column].case_insensitive
    if operator == "similar":
        return patterns.from_similar(text, negated=negated, escape=escape)
    if operator == "glob":
        return patterns.from_glob(text, negated=negated)
    if operator in ("like", "ilike"):
        folded = folded or operator == "ilike" or frame.dialect == "sqlite"
        return patterns.from_like(
            text, ignore_case=folded, negated=negated, escape="" if _unescaped(frame, claim) else escape
        )
    if operator == "starts_with":
        return patterns.containing(text, before="^", negated=negated)
    if len(claim.parts) > 2:
        raise NotUnderstood("flags of a regular expression are not understood")
    folded = folded or operator == "~*"
    return patterns.from_regex(text, frame.dialect, ignore_case=folded, negated=negated)


def _unescaped(frame: Frame, claim: Claim) -> bool:
    return frame.dialect == "sqlite" and len(claim.parts) < 3


_PIECES = ("left", "right", "substring", "substr", "strpos")


def _piece(frame: Frame, claim: Claim, call: Apply) -> Formula | None:
    inner = shaped(frame, call.parts[0])
    if inner is None or inner.changes:
        return None
    if call.operator == "strpos":
        return _found(claim, inner.column, call)
    text, numbers = constant_text(claim.right), [constant_number(part) for part in call.parts[1:]]
    if text is None or None in numbers or claim.operator not in ("=", "<>"):
        raise NotUnderstood("such a piece of a text is not understood")
    start, size = _window(call.operator, [number for number in numbers if number is not None])
    negated = claim.operator == "<>"
    if size is not None and len(text) > size:
        return always() if negated else never(claim)
    exact = size is None or len(text) < size
    if call.operator == "right":
        pattern = patterns.containing(text, before="^" if exact else "", after="$", negated=negated)
    else:
        before = f"^[\\s\\S]{{{start}}}" if start else "^"
        pattern = patterns.containing(text, before=before, after="$" if exact else "", negated=negated)
    return matching(inner.column, pattern)


def _window(operator: str, numbers: list[int]) -> tuple[int, int | None]:
    """From which character on a piece is taken, and how many."""
    if operator in ("left", "right"):
        start, size = 0, numbers[0]
    else:
        start, size = numbers[0] - 1, numbers[1] if len(numbers) > 1 else -1
    if start < 0 or (size < 0 and operator in ("left", "right")):
        raise NotUnderstood("a piece counted from the other end is not understood")
    return start, size if size >= 0 else None


def _found(claim: Claim, column: str, call: Apply) -> Formula:
    """Where a text is first found: nowhere is 0."""
    text, at = constant_text(call.parts[1]), constant_number(claim.right)
    if not text or at is None:
        raise NotUnderstood("such a position in a text is not understood")
    found = matching(column, patterns.containing(text))
    not_first = matching(column, patterns.containing(text, before="^", negated=True))
    cases = {
        ("=", 0): matching(column, patterns.containing(text, negated=True)),
        ("=", 1): matching(column, patterns.containing(text, before="^")),
        ("<>", 0): found, (">", 0): found, (">=", 1): found, (">", 1): all_of(found, not_first),
        (">=", 2): all_of(found, not_first), ("<>", 1): not_first,
    }  # fmt: skip
    if (claim.operator, at) not in cases:
        raise NotUnderstood("such a position in a text is not understood")
    return cases[claim.operator, at]


def _unreplaced(frame: Frame, claim: Claim, call: Apply) -> Formula | None:
    """A text in which nothing is found to be replaced, or nothing is left."""
    column = shaped(frame, call.parts[0])
    if column is None or column.changes or claim.operator not in ("=", "<>"):
        return None
    sought, put = constant_text(call.parts[1]), constant_text(call.parts[2]) if len(call.parts) > 2 else ""
    if not sought or put is None:
        return None
    other = frame.plain(claim.right)
    if other == Name(column.column) and put != sought:
        negated = claim.operator == "="
        return matching(column.column, _sought(frame, call.operator, sought, negated=negated))
    if constant_text(claim.right) == "" and put == "" and call.operator == "translate":
        pattern = TextPattern(_any_of(sought, none=True), negated=claim.operator == "=", source=f"besides {sought!r}")
        return matching(column.column, pattern)
    raise NotUnderstood("such a replacement is not understood")


def _sought(frame: Frame, operator: str, sought: str, *, negated: bool) -> TextPattern:
    if operator == "replace":
        return patterns.containing(sought, negated=negated)
    if operator == "translate":
        return TextPattern(_any_of(sought), negated=negated, source=sought)
    return patterns.from_regex(sought, frame.dialect, negated=negated)
