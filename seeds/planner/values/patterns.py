"""Texts that patterns describe: the pattern that says most is made, the others are kept by leaving out or looking ahead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..checks.model import Domain, TextPattern
from .fitness import matches
from .model import Made, Sizes, Task, made
from .sampling import capacity_of

_CASES = ("lower", "upper")
_LOOKS = re.compile(r"^\^?\(\?[=!]")


def from_patterns(task: Task, sizes: Sizes) -> Iterator[Made]:
    """Generators of texts that match one of the domain's patterns, those first that leave least to chance."""
    wanted = sorted((item for item in task.domain.patterns if not item.negated), key=_weight, reverse=True)
    unwanted = [item for item in task.domain.patterns if item.negated]
    for form in _forms(task, sizes):
        if len(wanted) > 1:
            yield from _made(task, sizes, _together(wanted), form, unwanted, "all patterns")
        for pattern in wanted:
            flags = TextPattern(pattern.regex, pattern.ignore_case)
            yield from _made(task, sizes, flags, form, unwanted, pattern.source or pattern.regex)
    for pattern in wanted:
        surrounded = _surrounded(pattern)
        if surrounded is not None:
            yield from _made(task, sizes, surrounded, "", unwanted, pattern.source or pattern.regex)


def _surrounded(pattern: TextPattern) -> TextPattern | None:
    """A pattern that says nothing of a text's ends, with letters there: what is forbidden may be forbidden at an end."""
    if pattern.regex.startswith(("^", "\\A")) or pattern.regex.endswith(("$", "\\Z")):
        return None
    return TextPattern(f"^[a-z]{{4}}(?:{pattern.regex})[a-z]{{4}}$", pattern.ignore_case)


def plain_language(task: Task, sizes: Sizes, pattern: str, reason: str) -> Iterator[Made]:
    """Generators of texts of a language of our own, without what the domain's negated patterns forbid."""
    unwanted = [item for item in task.domain.patterns if item.negated]
    for form in _forms(task, sizes):
        yield from _made(task, sizes, TextPattern(pattern), form, unwanted, reason)


def _weight(pattern: TextPattern) -> tuple[int, int]:
    """How much a pattern says: anchored at both ends before one, and the longer the more."""
    anchors = pattern.regex.startswith(("^", "\\A")) + pattern.regex.endswith(("$", "\\Z"))
    return anchors, len(pattern.regex)


def _forms(task: Task, sizes: Sizes) -> tuple[str, ...]:
    """Normal forms to try: texts that are distinct without regard to case are all in one."""
    said = tuple(form for form in _CASES if form in sizes.forms)
    if said or task.unique is None or not task.data_type.case_insensitive:
        return said or ("",)
    return (*_CASES, "")


def _together(wanted: Sequence[TextPattern]) -> TextPattern:
    """One pattern that says what several do: the others stand before the weightiest, looking ahead."""
    first, *others = wanted
    ahead = "".join(f"(?={_inline(item, anywhere=True)})" for item in others)
    body = _inline(first, anywhere=False)
    return TextPattern(f"^{ahead}{body}")


def _inline(pattern: TextPattern, *, anywhere: bool) -> str:
    """A pattern with its flags inside, to be read from the text's beginning."""
    regex = pattern.regex
    start = "" if regex.startswith(("^", "\\A")) else "[\\s\\S]*" if anywhere else ".*"
    body = regex.removeprefix("^").removeprefix("\\A")
    return f"{start}(?i:{body})" if pattern.ignore_case else f"{start}(?:{body})"


def _made(
    task: Task, sizes: Sizes, pattern: TextPattern, form: str, unwanted: Sequence[TextPattern], reason: str
) -> Iterator[Made]:
    name = "regex" if task.unique is None else "unique_regex"
    exclude = [f"(?i:{item.regex})" if item.ignore_case else item.regex for item in unwanted]
    found = made(
        name, f"matches {reason}", pattern=pattern.regex, ignore_case=pattern.ignore_case, min_size=sizes.least,
        max_size=sizes.most or 0, exclude=[*exclude, *_exclusions(task.domain, sizes)], form=form,
    )  # fmt: skip
    assert found.generator is not None
    if task.unique is None:
        yield found
        return
    capacity = capacity_of(found.generator)
    if capacity:
        yield made(name, found.reason, capacity, **found.generator.parameters)


def _exclusions(domain: Domain, sizes: Sizes) -> list[str]:
    """Patterns that normal forms and excluded constants forbid."""
    found = [f"^{re.escape(item)}$" for item in domain.excluded if isinstance(item, str) and item]
    if "trimmed" in sizes.forms:
        found += ["^ ", " $"]
    if "not_blank" in sizes.forms:
        found.append(r"^\s*$")
    return found


def matching(texts: Sequence[object], task: Task) -> list[str]:
    """Those texts that every pattern accepts."""
    known = [text for text in texts if isinstance(text, str)]
    return [text for text in known if all(matches(pattern, text) for pattern in task.domain.patterns)]
