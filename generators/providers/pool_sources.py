"""The two libraries that pools are drawn from, behind one face; each is imported when first asked for.

Only instances with seeds of their own are used: neither library's global randomness is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

Opened = tuple[Callable[[int], None], Callable[[], Any]]

_NOT_FIELDS = frozenset({"Meta", "get_current_locale", "override_locale", "reseed", "update_dataset", "validate_enum"})


class Source(Protocol):
    """A library of providers."""

    title: str

    def version(self) -> tuple[int, int, int]:
        """The library's version."""

    def locales(self) -> frozenset[str]:
        """The locales it knows."""

    def names(self) -> dict[str, str]:
        """Every provider's name, and the group it belongs to, in the default locale."""

    def resolve(self, name: str) -> str | None:
        """The full name of a provider, or nothing if there is none or several are meant."""

    def open(self, name: str, locale: str, arguments: Mapping[str, Any], seed: int) -> Opened:
        """A function that seeds anew, and one that makes the next value."""


def _version(text: str) -> tuple[int, int, int]:
    major, minor, patch = (*(int(part) for part in text.split(".")[:3]), 0, 0)[:3]
    return major, minor, patch


class FakerSource:
    """Faker: providers are methods, grouped by the package that defines them."""

    title = "Faker"

    def version(self) -> tuple[int, int, int]:
        from faker import VERSION

        return _version(VERSION)

    @cache  # noqa: B019 - there is one source, which lives as long as the process
    def locales(self) -> frozenset[str]:
        from faker.config import AVAILABLE_LOCALES

        return frozenset(AVAILABLE_LOCALES)

    @cache  # noqa: B019 - there is one source, which lives as long as the process
    def names(self) -> dict[str, str]:
        from faker import Faker

        found: dict[str, str] = {}
        for provider in Faker("en_GB").get_providers():
            for name in dir(provider):
                if not name.startswith("_") and callable(getattr(provider, name)):
                    found.setdefault(name, _faker_group(type(provider), name))
        return found

    def resolve(self, name: str) -> str | None:
        return name if name in self.names() else None

    def open(self, name: str, locale: str, arguments: Mapping[str, Any], seed: int) -> Opened:
        from faker import Faker

        faker = Faker(locale)
        faker.seed_instance(seed)
        return faker.seed_instance, lambda: getattr(faker, name)(**arguments)


def _faker_group(provider: type, name: str) -> str:
    """The package below ``faker.providers`` that defines a method: ``address``, ``ssn`` … or ``base``."""
    owner = next(kind for kind in provider.__mro__ if name in vars(kind))
    parts = owner.__module__.split(".")
    return parts[2] if len(parts) > 2 else "base"


class MimesisSource:
    """Mimesis: fields are methods of providers, named ``person.full_name``, or ``full_name`` where that is enough."""

    title = "Mimesis"

    def version(self) -> tuple[int, int, int]:
        from mimesis import __version__

        return _version(__version__)

    @cache  # noqa: B019 - there is one source, which lives as long as the process
    def locales(self) -> frozenset[str]:
        from mimesis import Locale

        return frozenset(locale.value for locale in Locale)

    @cache  # noqa: B019 - there is one source, which lives as long as the process
    def names(self) -> dict[str, str]:
        from mimesis import Generic, Locale

        generic = Generic(Locale.EN_GB, seed=0)
        found: dict[str, str] = {}
        for group in dir(generic):
            provider = getattr(generic, group)
            if group.startswith("_") or not hasattr(provider, "Meta"):
                continue
            for name in dir(provider):
                if not name.startswith("_") and name not in _NOT_FIELDS and callable(getattr(provider, name)):
                    found[f"{group}.{name}"] = group
        return found

    def resolve(self, name: str) -> str | None:
        if "." in name:
            return name if name in self.names() else None
        meant = [full for full in self.names() if full.endswith(f".{name}")]
        return meant[0] if len(meant) == 1 else None

    def open(self, name: str, locale: str, arguments: Mapping[str, Any], seed: int) -> Opened:
        from mimesis import Generic, Locale

        generic = Generic(Locale(locale), seed=seed)
        group, _, field = name.partition(".")
        method = getattr(getattr(generic, group), field)
        given = {key: _enumerated(key, value) for key, value in arguments.items()}
        return generic.reseed, lambda: method(**given)


def _enumerated(key: str, value: Any) -> Any:
    """Mimesis wants enumerations where a file has text: ``gender: female`` becomes ``Gender.FEMALE``."""
    from mimesis import enums

    members = getattr(enums, "".join(word.capitalize() for word in key.split("_")), {})
    known = getattr(members, "__members__", {})
    return known.get(str(value).upper(), value)


SOURCES: dict[str, Source] = {"faker": FakerSource(), "mimesis": MimesisSource()}
