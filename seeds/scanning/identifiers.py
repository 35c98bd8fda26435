"""Which texts are identifiers that somebody may hold: valid by their rules, and outside every range kept for tests.

Each function takes what a pattern found and says whether it *could be somebody's*; the ranges and rules, with their
sources, are in ``generators/reference/identifiers/PROVENANCE.md``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from generators.reference import table

_NHS_WEIGHTS = range(10, 1, -1)
_TEST_CARDS = frozenset({
    "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "5200828282828210",
    "5105105105105100", "378282246310005", "371449635398431", "6011111111111117", "6011000990139424",
    "3056930009020004", "36227206271667", "3566002020360505", "6200000000000005", "4111111111111111",
})  # fmt: skip
"""Numbers that payment companies publish for tests."""

_RESERVED_ENDINGS = (".test", ".example", ".invalid", ".localhost", ".local")
_RESERVED_DOMAINS = ("example.com", "example.org", "example.net", "example.edu", "localhost")


@lru_cache(maxsize=1)
def _areas() -> frozenset[str]:
    """The letters that postcodes begin with."""
    return frozenset(table("identifiers/postcode_areas")["area"])


_NI_NEVER_FIRST = frozenset("DFIQUV")
_NI_NEVER_SECOND = frozenset("DFIOQUV")
_NI_UNUSED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def digits_of(text: str) -> str:
    """Its digits alone."""
    return "".join(filter(str.isdigit, text))


def nhs_valid(digits: str) -> bool:
    """Ten digits with a right check digit: 11 minus the weighted sum modulo 11, 11 written 0 and 10 not used."""
    if len(digits) != 10 or digits == digits[0] * 10:
        return False
    check = (11 - sum(int(digit) * weight for digit, weight in zip(digits, _NHS_WEIGHTS, strict=False)) % 11) % 11
    return check == int(digits[9])


def nhs_real(digits: str) -> bool:
    """A valid NHS number outside 999, which is issued to nobody."""
    return nhs_valid(digits) and not digits.startswith("999")


def ni_real(text: str) -> bool:
    """A National Insurance number whose prefix may be issued."""
    prefix = text[:2].upper()
    return prefix[0] not in _NI_NEVER_FIRST and prefix[1] not in _NI_NEVER_SECOND and prefix not in _NI_UNUSED


@lru_cache(maxsize=1)
def _drama_prefixes() -> tuple[str, ...]:
    return tuple(prefix.replace(" ", "") for prefix in table("identifiers/drama_numbers")["prefix"])


_NATIONAL = re.compile(r"0(?:[1-3]\d{9}|7[1-9]\d{8}|[89]\d{9}|800\d{6})")


def phone_real(text: str) -> bool:
    """A number of the British plan outside the ranges kept for drama."""
    digits = digits_of(text)
    if "+" in text or digits.startswith("0044"):
        digits = "0" + digits.removeprefix("00").removeprefix("44").removeprefix("0")
    return _NATIONAL.fullmatch(digits) is not None and not digits.startswith(_drama_prefixes())


def email_real(domain: str) -> bool:
    """A domain that mail may reach."""
    name = domain.lower().rstrip(".")
    if name.endswith(_RESERVED_ENDINGS):
        return False
    return not any(name == reserved or name.endswith(f".{reserved}") for reserved in _RESERVED_DOMAINS)


def postcode_real(text: str) -> bool:
    """A postcode that could be a delivery point's: a known area, and no letter that the inward part never has."""
    outward, inward = text[:-3].strip().upper(), text[-3:].upper()
    area = re.match(r"[A-Z]+", outward)
    return area is not None and area.group() in _areas() and not set(inward[1:]) & set("CIKMOV")


def card_valid(digits: str) -> bool:
    """A right check digit after Luhn, and the first digits of a card scheme."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) < 3:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 * (number > 9)
    return total % 10 == 0


def card_real(digits: str) -> bool:
    """A valid card number that nobody publishes for tests."""
    return card_valid(digits) and digits not in _TEST_CARDS


def uprn_real(digits: str) -> bool:
    """A property number of the kind that gazetteers give: up to twelve digits, outside 999."""
    return (
        1 <= len(digits) <= 12 and not digits.startswith("0") and not (len(digits) == 12 and digits.startswith("999"))
    )
