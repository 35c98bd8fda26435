from __future__ import annotations

import pytest

from env_config.canonical import libpq
from tests.env_config.libpq_strings import strings

pq = pytest.importorskip("psycopg.pq")
PLACES = ("host", "hostaddr", "port")
Reading = dict[str, bytes] | None


def theirs(text: str) -> Reading:
    from psycopg import OperationalError

    try:
        options = pq.Conninfo.parse(text.encode())
    except OperationalError:
        return None
    return {option.keyword.decode(): option.val for option in options if option.val is not None}


def ours(text: str) -> Reading:
    try:
        return {keyword: value.encode("utf-8", "surrogateescape") for keyword, value in libpq.parse(text)}
    except libpq.Rejected:
        return None


def comparable(text: str) -> bool:
    """Before version 18 libpq does not strip blanks in a URI, so those strings say nothing there."""
    return pq.version() >= 180000 or not libpq.is_uri(text) or " " not in text


def differences(count: int, seed: int) -> tuple[list[str], int]:
    found, accepted = [], 0
    for text in strings(count, seed):
        if comparable(text):
            expected, got = theirs(text), ours(text)
            accepted += expected is not None
            if expected != got:
                found.append(f"{text!r}: libpq {expected}, ours {got}")
    return found, accepted


def test_libpq_and_the_parser_agree() -> None:
    """Of 20,000 generated strings libpq accepts the same ones and reads the same value of every keyword."""
    found, accepted = differences(20_000, seed=18)
    assert found == []
    assert 4_000 < accepted < 16_000, "the strings must be neither all good nor all bad"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_libpq_and_the_parser_agree_for_long(seed: int) -> None:
    """Of 200,000 generated strings libpq accepts the same ones and reads the same value of every keyword."""
    found, _ = differences(200_000, seed)
    assert found == []


def test_strings_are_the_same_every_time() -> None:
    """A seed gives the same strings again, so a difference can be found again."""
    assert list(strings(200, 5)) == list(strings(200, 5)) != list(strings(200, 6))


def test_every_place_is_exercised() -> None:
    """The accepted strings hold each of host, hostaddr and port, alone, listed and overwritten."""
    read = [reading for text in strings(4_000, 18) if (reading := ours(text))]
    for keyword in PLACES:
        values = [reading[keyword] for reading in read if keyword in reading]
        assert len(set(values)) > 10
        assert any(b"," in value for value in values)


def test_keywords_are_those_of_libpq() -> None:
    """The keywords held here are exactly those that libpq 18 lists."""
    if not 180000 <= pq.version() < 190000:
        pytest.skip("another version of libpq knows other keywords")
    assert {option.keyword.decode() for option in pq.Conninfo.get_defaults()} == libpq.KEYWORDS
