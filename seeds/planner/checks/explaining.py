"""Worlds in words, one line each."""

from __future__ import annotations

from . import domains
from .model import Bound, Component, Domain, Nullity, Relation, Sum, World

_SHOWN = 6


def explain(component: Component) -> str:
    """What a component's worlds say, one line for each; what a world leaves free is not spoken of."""
    return "\n".join(_world(world) for world in component.worlds)


def _world(world: World) -> str:
    said = [f"{name} {words}" for name, domain in world.domains.items() if (words := _domain(domain))]
    said += [_relation(relation) for relation in world.relations]
    said += [_sum(total) for total in world.sums]
    said += [f"{one.column} computed from {', '.join(one.reads)}" for one in world.computed]
    return ", ".join(said) if said else "anything"


def _domain(domain: Domain) -> str:
    if domain == domains.NULL:
        return "is null"
    said = [*_values(domain), *_bounds(domain), *_sizes(domain), *_texts(domain), *_documents(domain)]
    if domain.null is Nullity.NEVER and not said:
        return "is not null"
    words = " and ".join(said)
    return f"{words} or is null" if said and domain.null is Nullity.MAYBE else words


def _values(domain: Domain) -> list[str]:
    said = []
    if domain.values is not None:
        said.append(f"= {domain.values[0]!r}" if len(domain.values) == 1 else f"in {_listed(domain.values)}")
    if domain.excluded:
        said.append(f"not in {_listed(domain.excluded)}")
    return said


def _listed(values: tuple[object, ...]) -> str:
    shown = ", ".join(_plain(value) for value in values[:_SHOWN])
    return f"({shown}, …)" if len(values) > _SHOWN else f"({shown})"


def _plain(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _bounds(domain: Domain) -> list[str]:
    return [*_bound(domain.low, ">"), *_bound(domain.high, "<")]


def _bound(bound: Bound | None, sign: str) -> list[str]:
    return [] if bound is None else [f"{sign}{'' if bound.open else '='} {bound.value}"]


def _sizes(domain: Domain) -> list[str]:
    if domain.min_size == domain.max_size:
        return [f"of size {domain.min_size}"]
    said = [f"of size {domain.min_size} or more"] if domain.min_size else []
    said += [f"of size {domain.max_size} or less"] if domain.max_size is not None else []
    return said + ([f"written in {domain.max_text} characters or less"] if domain.max_text is not None else [])


def _texts(domain: Domain) -> list[str]:
    said = [f"{'unlike' if one.negated else 'like'} {one.source or one.regex}" for one in domain.patterns]
    return [*said, *sorted(form.replace("_", " ") for form in domain.forms)]


def _documents(domain: Domain) -> list[str]:
    said = [f"a JSON {domain.json_kind}"] if domain.json_kind else []
    said += [f"with keys {', '.join(domain.json_keys)}"] if domain.json_keys else []
    said += [f"with {key} = {_plain(value)}" for key, value in domain.json_values.items()]
    said += [f"without keys {', '.join(domain.json_lacks)}"] if domain.json_lacks else []
    said += [f"at the start of a {domain.truncated}"] if domain.truncated else []
    said += [f"divisible by {domain.divisor}"] if domain.divisor else []
    said += [f"with elements in {_listed(domain.element_values)}"] if domain.element_values is not None else []
    said += [f"without {_listed(domain.element_excluded)}"] if domain.element_excluded else []
    said += [f"with {_listed(domain.element_required)}"] if domain.element_required else []
    return [*said, *([f"with elements {_domain(domain.element)}"] if domain.element else [])]


def _relation(relation: Relation) -> str:
    left, right = (
        _side(name, form or ("size" if relation.measure == "size" else ""))
        for name, form in ((relation.left, relation.left_form), (relation.right, relation.right_form))
    )
    return f"{left} {relation.operator} {right}" + (f" + {relation.offset}" if relation.offset is not None else "")


def _side(name: str, change: str) -> str:
    return f"{change}({name})" if change else name


def _sum(total: Sum) -> str:
    terms = " + ".join(name if factor == 1 else f"{factor} * {name}" for factor, name in total.terms)
    return f"{terms} {total.operator} {total.constant}"
