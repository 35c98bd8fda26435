"""Columns of text: what they mean, if it fits; else what their patterns describe; else words of the right size.

Candidates are made one after another and judged by a sample, so that a column's constraints decide and not a guess
about what a generator makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from generators.spec import GeneratorSpec

from .distinct import kept_distinct
from .errors import Unrealisable
from .fitness import all_fit, fitting, sizes_of
from .listed import SHOWN, folded, listed
from .model import Made, Sizes, Task, made, written
from .patterns import from_patterns, plain_language
from .related import copied, without_clashes
from .sampling import ROWS, capacity_of, sample, suits
from .types import TEXT

_MANY = 256
_POOL = 2000
_ENUMERATED = 100_000
_FEWEST = 8
_HOST, _DIGITS, _LETTERS = "@example.org", 4, 8
_SEPARATORS = (" ", "-", "_", "")
_PROSE = ("words", "sentence", "label", "job_title", "organisation_name", "street_name", "building_name")
_LANGUAGES = ("^[a-z]+$", "^[A-Z]+$", "^[0-9]+$", "^[a-z0-9]+$", "^[A-Za-z]+$", "^[a-z]+-[a-z]+$")


def textual(task: Task) -> Made:
    """A generator of texts.

    Raises:
        Unrealisable: if nothing that was thought of satisfies the domain.
    """
    sizes = sizes_of(task.data_type, task.domain)
    if sizes.most is not None and sizes.most < sizes.least:
        raise Unrealisable(task.name, f"no text has at least {sizes.least} and at most {sizes.most} characters")
    copy = copied(task, text=True)
    if copy is not None:
        return copy
    if task.domain.values is not None:
        return without_clashes(task, listed(task, task.domain.values, "the values that a constraint lists"))
    if task.unique is not None:
        return _distinct(task, sizes)
    return _drawn(task, sizes)


def _drawn(task: Task, sizes: Sizes) -> Made:
    for candidate in chain(_meant(task, sizes), _patterned(task, sizes), _plain(task, sizes)):
        found = without_clashes(task, candidate)
        if found.generator is not None and all_fit(_seen(found.generator, task), task.data_type, task.domain):
            return found
    return without_clashes(task, _pooled(task, sizes))


def _seen(spec: GeneratorSpec, task: Task, rows: int = 0) -> tuple[object, ...]:
    wanted = rows or (_MANY if task.domain.patterns else ROWS)
    capacity = capacity_of(spec) or wanted
    return sample(spec, TEXT, rows=min(wanted, capacity), as_of=task.as_of) or ()


def _meant(task: Task, sizes: Sizes) -> Iterator[Made]:
    """The meaning as it is, cut to size, or those of its texts that the domain admits."""
    spec = task.meaning
    if spec is None or not suits(spec, TEXT):
        return
    lengths = [len(text) for text in _seen(spec, task) if isinstance(text, str)]
    if not lengths:
        return
    inside = [length for length in lengths if sizes.most is None or length <= sizes.most]
    if sizes.most is None or max(lengths) * 2 <= sizes.most or min(lengths) == max(lengths) <= sizes.most:
        yield Made(spec, "its meaning")
    if len(inside) * 2 >= len(lengths) or spec.name in _PROSE:
        yield _fitted(spec, sizes, "its meaning, fitted")
    yield from _addresses(task, sizes)
    yield from _selection(task, spec, "texts of its meaning that fit")


def _addresses(task: Task, sizes: Sizes) -> Iterator[Made]:
    """E-mail addresses short enough for a column that has no room for names and numbers."""
    if task.meaning is None or task.meaning.name != "email" or sizes.most is None:
        return
    letters = min(sizes.most - len(_HOST) - _DIGITS, _LETTERS)
    if letters > 0:
        pattern = f"^[a-z]{{{letters}}}[0-9]{{{_DIGITS}}}{re.escape(_HOST)}$"
        yield from plain_language(task, sizes, pattern, "a short address at example.org")


def _selection(task: Task, spec: GeneratorSpec, reason: str) -> Iterator[Made]:
    """A choice among the admitted ones of many samples, where there are enough of them."""
    if not task.domain.patterns:
        return
    seen = _seen(spec, task, _POOL)
    admitted = fitting(seen, task.data_type, task.domain)
    if len(admitted) >= _FEWEST and len(admitted) * 4 >= len(set(seen)):
        yield made("choice", reason, values=admitted[:SHOWN])


def _fitted(spec: GeneratorSpec, sizes: Sizes, reason: str) -> Made:
    """A text cut and padded to size; nothing is wrapped around what needs neither."""
    if not sizes.least and sizes.most is None and not sizes.forms:
        return Made(spec, reason)
    forms = sorted(sizes.forms & {"lower", "upper", "trimmed", "not_blank"})
    return made(
        "fitted", reason, of=written(spec), min_size=sizes.least, max_size=sizes.most or 0, forms=forms
    )  # fmt: skip


def _patterned(task: Task, sizes: Sizes) -> Iterator[Made]:
    if task.domain.patterns:
        yield from from_patterns(task, sizes)


def _plain(task: Task, sizes: Sizes) -> Iterator[Made]:
    """Text by size alone, and where patterns forbid that, letters or digits alone."""
    yield _fitted(plain_text(sizes), sizes, "text by its size") if (sizes.most or 4) > 3 else _code(sizes)
    if any(pattern.negated for pattern in task.domain.patterns):
        for language in _LANGUAGES:
            yield from plain_language(task, sizes, language, "no forbidden pattern")


def _code(sizes: Sizes) -> Made:
    letter = "[a-z]" if "lower" in sizes.forms else "[A-Z]"
    if not sizes.most:
        return made("constant", "only the empty text fits", value="")
    return made("regex", "code by its size", pattern=f"^{letter}{{{sizes.most}}}$")


def plain_text(sizes: Sizes) -> GeneratorSpec:
    """Text that looks like what a column of the size holds: a label, some words, or a sentence."""
    most = 1000 if sizes.most is None else sizes.most
    return GeneratorSpec("label" if most <= 20 else "words" if most <= 100 else "sentence")


def _pooled(task: Task, sizes: Sizes) -> Made:
    """What fits among many texts of every kind, when no generator makes only fitting ones."""
    pool: list[object] = []
    for found in _all_candidates(task, sizes):
        if found.generator is None or len(pool) >= SHOWN:
            break
        seen = _seen(found.generator, task, _POOL)
        pool += fitting(seen, task.data_type, task.domain)
    if not pool:
        raise Unrealisable(task.name, f"no text was found that satisfies {_said(task)}")
    return listed(task, islice(dict.fromkeys(pool), SHOWN), "texts that fit")


def _all_candidates(task: Task, sizes: Sizes) -> Iterator[Made]:
    yield from _patterned(task, sizes)
    yield from _meant(task, sizes)
    yield from _plain(task, sizes)
    for language in _LANGUAGES:
        yield from plain_language(task, sizes, language, "letters and digits")


def _said(task: Task) -> str:
    patterns = [f"{'!~' if item.negated else '~'} {item.source or item.regex}" for item in task.domain.patterns]
    sizes = sizes_of(task.data_type, task.domain)
    return ", ".join([*patterns, *sorted(sizes.forms), f"{sizes.least} to {sizes.most} characters"])


# ------------------------------------------------------------------------------------------------------------ unique


def _distinct(task: Task, sizes: Sizes) -> Made:
    """The first candidate that serves all rows, or else the one that serves most."""
    assert task.unique is not None
    best: Made | None = None
    for found in _distinct_candidates(task, sizes):
        if found.generator is None or not all_fit(_seen(found.generator, task), task.data_type, task.domain):
            continue
        found = _unlike_existing(task, found)
        if found.capacity is None or found.capacity >= task.unique.rows:
            return found
        if best is None or found.capacity > (best.capacity or 0):
            best = found
    return best or _pooled(task, sizes)


def _distinct_candidates(task: Task, sizes: Sizes) -> Iterator[Made]:
    unique, spec = task.unique, task.meaning
    assert unique is not None
    kept = kept_distinct(task, unique)
    if kept is not None and _within_size(task, kept, sizes):
        yield kept
    yield from _addresses(task, sizes)
    prose = [spec] if spec is not None and suits(spec, TEXT) else []
    room = 1 << 30 if sizes.most is None else sizes.most
    if room >= _FEWEST:
        yield from _suffixed(task, sizes, prose)
    yield from _patterned(task, sizes)
    if room >= _FEWEST:
        yield from _suffixed(task, sizes, [plain_text(sizes)])
    width = min(room, max(sizes.least, _FEWEST))
    caseless = ("a-z0-9",) if task.data_type.case_insensitive else ()
    for letters in (*caseless, "A-Z0-9", "a-z0-9", "A-Za-z0-9", "a-z", "A-Z", "0-9"):
        yield from plain_language(task, sizes, f"^[{letters}]{{{width}}}$", "code by its size")
    for language in _LANGUAGES:
        yield from plain_language(task, sizes, language, "letters and digits")


def _within_size(task: Task, found: Made, sizes: Sizes) -> bool:
    """Whether texts that grow with the number of the row stay inside the column, however many rows there are."""
    if sizes.most is None or found.generator is None:
        return True
    lengths = {len(str(text)) for text in _seen(found.generator, task)}
    return len(lengths) == 1 or max(lengths, default=0) + max(4, max(lengths, default=0) // 4) <= sizes.most


def _suffixed(task: Task, sizes: Sizes, stems: Iterable[GeneratorSpec]) -> Iterator[Made]:
    forms = sorted(sizes.forms & {"lower", "upper", "trimmed", "not_blank"})
    for stem in stems:
        texts = [text for text in _seen(stem, task) if isinstance(text, str)]
        blanks = any(" " in text for text in texts)
        of = _fitted(stem, Sizes(sizes.least), "").generator or stem
        for separator in _SEPARATORS if blanks else (*_SEPARATORS[1:], " "):
            found = made(
                "unique_text", "text with a distinct ending", of=written(of), max_size=sizes.most or 0, forms=forms,
                separator=separator,
            )  # fmt: skip
            capacity = capacity_of(found.generator) if found.generator else None
            if capacity and found.generator:
                yield made("unique_text", found.reason, capacity, **found.generator.parameters)


def _unlike_existing(task: Task, found: Made) -> Made:
    """The same texts without those that exist: stems drawn anew, or, where there are few texts, the others listed."""
    assert task.unique is not None and found.generator is not None
    existing = {folded(task, value) for value in task.unique.existing if value is not None}
    if not existing:
        return found
    spec, capacity = found.generator, capacity_of(found.generator)
    if spec.name == "unique_text":
        texts = sorted(str(value) for value in task.unique.existing if value is not None)
        of, reason = written(spec), f"{found.reason}, unlike those that exist"
        return made("unlike", reason, found.capacity, of=of, columns=[], excluded=texts)
    if capacity is None or capacity > _ENUMERATED:
        return found
    every = sample(spec, TEXT, rows=capacity, as_of=task.as_of) or ()
    free = [text for text in every if folded(task, text) not in existing]
    if len(free) == len(every):
        return found
    if not free:
        return made("unique_choice", "all are taken", 0, values=[""])
    return made("unique_choice", f"{found.reason}, unlike those that exist", len(free), values=free)
