from __future__ import annotations

import random
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from env_config.canonical import parse_host
from env_config.errors import TargetRefused

PRODUCTION = "127.0.0.77"


@pytest.mark.parametrize(
    "text",
    [
        "PROD-DB.hackney.test",
        "prod-db.hackney.test.",
        "ｐｒｏｄ-db.hackney.test",
        "prod-db。hackney．test",
        "prod\u00ad-db.hackney.test",
    ],
)
def test_spellings_of_a_name(text: str) -> None:
    """Case, a final dot, width, ideographic dots and invisible characters do not make another name."""
    assert parse_host(text).name == "prod-db.hackney.test"


ADDRESSES = (
    "127.0.0.77 2130706509 0x7f00004d 0177.0.0.77 127.77 127.0.77 0x7F.0.0.0x4D 017700000115 "
    "①②⑦.0.0.77 １２７.0.0.77 127。0。0。77 127.0.0.77. [::ffff:127.0.0.77] 𝟏𝟐𝟕.0.0.77"
)


@pytest.mark.parametrize("text", ADDRESSES.split())
def test_spellings_of_an_address(text: str) -> None:
    """Whatever the socket library takes for the address is the address."""
    assert PRODUCTION in parse_host(text).addresses


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("::ffff:7f00:4d", "mapped"),
        ("::127.0.0.77", "compatible"),
        ("::ffff:0:7f00:4d", "translated"),
        ("64:ff9b::7f00:4d", "NAT64"),
        ("64:ff9b:1::7f00:4d", "NAT64 with a local prefix of 96 bits"),
        ("64:ff9b:1:0:7f:0:4d00::", "NAT64 with a local prefix of 64 bits"),
        ("64:ff9b:1:7f00:0:4d00::", "NAT64 with a local prefix of 48 bits"),
        ("2002:7f00:4d::1", "6to4"),
        ("2001:0:7f00:4d::1", "a Teredo server"),
        ("2001:0:1:2:0:0:80ff:ffb2", "a Teredo client"),
        ("fe80::5efe:7f00:4d", "ISATAP"),
        ("2001:db8::200:5efe:7f00:4d%eth0", "ISATAP with a zone"),
    ],
)
def test_an_ipv4_address_inside_an_ipv6_one(text: str, form: str) -> None:
    """Each embedded form is seen, beside the IPv6 address itself."""
    host = parse_host(text)
    assert PRODUCTION in host.addresses, form
    assert host.addresses[0] == host.name


@pytest.mark.parametrize(
    "text", ["2001:db8:77::5", "[2001:DB8:77:0:0::5]", "2001:db8:77::5%eth0", "[2001:db8:77::5%25en0]"]
)
def test_spellings_of_an_ipv6_address(text: str) -> None:
    """Brackets, case, zeros and zones do not make another address."""
    assert parse_host(text).addresses == ("2001:db8:77::5",)


def test_loopback_carries_no_ipv4() -> None:
    """``::1`` is loopback, not the compatible form of 0.0.0.1."""
    assert parse_host("::1").addresses == ("::1",)


@pytest.mark.parametrize(("text", "machine"), [("0.0.0.0", "127.0.0.1"), ("0", "127.0.0.1"), ("::", "::1")])
def test_the_unspecified_address_is_this_machine(text: str, machine: str) -> None:
    """A connect to the unspecified address reaches this machine, so loopback counts too."""
    assert machine in parse_host(text).addresses


def test_leading_zeros_are_read_both_ways() -> None:
    """Some clients read 010 as eight and some as ten: both addresses count."""
    assert parse_host("010.120.32.5").addresses == ("8.120.32.5", "10.120.32.5")


@pytest.mark.parametrize("text", ["localhost", "LOCALHOST.", "app.localhost", "localhost.localdomain"])
def test_localhost_stays_a_name(text: str) -> None:
    """A name for loopback is a name: what it means is up to the resolver."""
    assert parse_host(text).addresses == ()
    assert parse_host(text).name == text.lower().rstrip(".")


def test_an_international_name_has_one_form() -> None:
    """A name in other letters is its A-labels, whichever way it was written."""
    assert parse_host("Bücher.example").name == parse_host("xn--bcher-kva.example").name == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text", ["соре.example", "xn--e1argc.example", "рrod.example", "ρrod.example", "prοd.example", "lıve.example"]
)
def test_letters_that_only_look_latin(text: str) -> None:
    """A label that a person would read as another one is refused, in letters or in its A-label."""
    with pytest.raises(TargetRefused) as refusal:
        parse_host(text)
    assert refusal.value.rule == "idn-lookalike"


@pytest.mark.parametrize(
    ("text", "name"), [("/run//pg/./", "/run/pg"), ("@abstract", "@abstract"), ("%2Frun%2Fpg", "/run/pg")]
)
def test_unix_sockets(text: str, name: str) -> None:
    """A path or an abstract name is a socket, also percent-encoded, and its path has one spelling."""
    host = parse_host(text, percent=True)
    assert host.is_socket
    assert host.name == name


def test_percent_signs_are_decoded_only_where_clients_do() -> None:
    """In a URL %31 is a digit; in a bare host nobody decodes it."""
    assert parse_host("%31%32%37.0.0.77", percent=True).name == PRODUCTION
    with pytest.raises(TargetRefused):
        parse_host("%31%32%37.0.0.77")


NO_HOSTS = (
    r". a..b .a -a a/b a:b a:1 [::1 ::1] [] [v1.x] ::1:: 1::2::3 host! user@host {host} $HOST a%zz %00 fe80::1% a,b a\b"
)


@pytest.mark.parametrize(
    "text", [*NO_HOSTS.split(), "", "a b", "a\x00b", "a" * 64, "é" * 60, "a." * 130 + "a", "\ud800", "%41\ud800"]
)
def test_what_is_no_host(text: str) -> None:
    """A text that can be no host is refused, never passed on."""
    with pytest.raises(TargetRefused) as refusal:
        parse_host(text, percent=True)
    assert refusal.value.code == "AMBIGUOUS"


def spellings(count: int, seed: int) -> list[str]:
    """Numbers with dots, in every base, with mistakes."""
    chance = random.Random(seed)
    bases = ("{}", "{}", "0{:o}", "0x{:x}", "0X{:X}", "00{:o}", "0{}", "{:x}")
    sizes = (0, 1, 77, 127, 255, 256, 65535, 65536, 2**24 - 1, 2**24, 2**32 - 1, 2**32, 2**64)
    ends = ("",) * 20 + (" ", "\t", " x", ".", "..", "x", "\n", " 1", "-", "L")
    found = []
    for _ in range(count):
        size = chance.choice(sizes)
        numbers = [
            chance.choice((size, chance.randrange(256), chance.randrange(256)))
            for _ in range(chance.choice((1, 2, 3, 4, 4, 4, 5)))
        ]
        found.append(".".join(chance.choice(bases).format(number) for number in numbers) + chance.choice(ends))
    return found


def test_ipv4_is_what_inet_aton_says() -> None:
    """Of 50,000 spellings each that ``inet_aton`` accepts gives its address, and each it rejects gives none.

    Behind a blank ``inet_aton`` ignores the rest, which other clients do not: such a text is refused.
    """
    accepted = 0
    for text in spellings(50_000, seed=4):
        try:
            expected = socket.inet_ntoa(socket.inet_aton(text))
        except OSError:
            expected = ""
        try:
            host = parse_host(text)
        except TargetRefused:
            assert not expected or text != text.split()[0], text
            continue
        got = host.addresses[0] if host.addresses else ""
        assert got == expected or text == f"{text[:-1]}.", text
        accepted += bool(expected)
    assert accepted > 5_000


NAMES = st.from_regex(
    r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,10}[A-Za-z0-9_])?(\.[A-Za-z_]([A-Za-z0-9-]{0,10}[A-Za-z])?){1,3}", fullmatch=True
)


@given(NAMES.filter(lambda name: "xn--" not in name.lower()))
def test_names_differ_only_by_case_and_final_dot(name: str) -> None:
    """Upper case, a final dot and full width give the same host."""
    wide = name.translate({character: character + 0xFEE0 for character in range(0x21, 0x7F) if character != 0x2E})
    assert parse_host(name) == parse_host(name.upper()) == parse_host(name + ".") == parse_host(wide)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-fx.:%\[\]@/-]{0,30}", fullmatch=True), st.booleans())
@example("%25", True)
@example("xn--\u0661", False)
def test_the_canonical_form_is_its_own(text: str, percent: bool) -> None:
    """Parsing never fails otherwise than by a refusal, and its result parses to itself."""
    try:
        host = parse_host(text, percent=percent)
    except TargetRefused:
        return
    assert parse_host(host.name).name == host.name
    assert set(parse_host(host.name).addresses) <= set(host.addresses)


@given(st.ip_addresses(v=6))
def test_ipv6_agrees_with_the_standard_library(address: object) -> None:
    """Every IPv6 address parses to the address it is, in its short and in its long form."""
    import ipaddress

    assert isinstance(address, ipaddress.IPv6Address)
    for text in (str(address), address.exploded, f"[{address}]"):
        assert ipaddress.ip_address(parse_host(text).addresses[0]) == address
