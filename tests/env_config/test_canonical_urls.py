from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from env_config.canonical import Target, parse_host, targets
from env_config.errors import TargetRefused


def places(text: str, kind: str = "url") -> list[str]:
    return [target.text for target in targets(text, kind)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("http://prod-db.hackney.test/", "prod-db.hackney.test:80"),
        ("HTTPS://Prod-DB.hackney.test:8443/x?y=z#f", "prod-db.hackney.test:8443"),
        ("http://stage-db.hackney.test:pw@prod-db.hackney.test", "prod-db.hackney.test:80"),
        ("http://%70rod-db.hackney.test/", "prod-db.hackney.test:80"),
        ("http://0x7f00004d/", "127.0.0.77:80"),
        ("http://[::ffff:127.0.0.77]:8080/", "[::ffff:127.0.0.77]:8080"),
        ("http://[fe80::1%25eth0]/", "[fe80::1]:80"),
        ("http://stage-db.hackney.test/?return=https://prod-db.hackney.test/", "stage-db.hackney.test:80"),
        ("http://stage-db.hackney.test/#https://prod-db.hackney.test/", "stage-db.hackney.test:80"),
        ("http://stage-db.hackney.test/x@prod-db.hackney.test", "stage-db.hackney.test:80"),
        ("wss://prod-db.hackney.test", "prod-db.hackney.test:443"),
        ("http://prod-db.hackney.test:/", "prod-db.hackney.test:80"),
        ("http://prod-db.hackney.test:00080/", "prod-db.hackney.test:80"),
        ("//prod-db.hackney.test/x", "prod-db.hackney.test"),
        ("prod-db.hackney.test:8080/x", "prod-db.hackney.test:8080"),
        ("prod-db.hackney.test/x", "prod-db.hackney.test"),
        ("sftp://u@prod-db.hackney.test/in", "prod-db.hackney.test:22"),
        ("smtps://prod-db.hackney.test", "prod-db.hackney.test:465"),
        ("grpc://prod-db.hackney.test:50051", "prod-db.hackney.test:50051"),
    ],
)
def test_the_one_place_of_a_url(text: str, place: str) -> None:
    """A URL that clients read alike leads to its host, with the scheme's port where none is written."""
    assert places(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        *("http:/h.test/", "http:h.test", "http:////h.test/", "http:\\\\h.test\\", "https:/\\h.test/"),
        *(
            "http://",
            "http:///",
            "http://:80/",
            "http://u@/",
            "http://h.test:99999/",
            "http://h.test:x/",
            "http://h.test:0/",
        ),
        *(
            "http://h.test:８０/",
            "http://h.test:+80/",
            "http://[v1.x]/",
            "http://[::1/",
            "http://::1/",
            "http://[::1]x/",
        ),
        *(
            "http://h.test/ ",
            "\thttp://h.test/",
            "http://h.\ntest/",
            "ht\ttp://h.test/",
            "http://h.te st/",
            "http://h.test\x00.other/",
        ),
        *(
            "http://a.test\\.b.test/",
            "http://a.test?@b.test/",
            "http://a@b@c.test/",
            "http://a.test,b.test/",
            "http://a..test/",
        ),
        *(
            "http://%2Ftmp%2Fsocket/",
            "http://a.test%2Fb.test/",
            "http://a%00.test/",
            "http://{host}/",
            "http://$HOST/",
            "x y://h.test/",
        ),
    ],
)
def test_what_clients_disagree_about(text: str) -> None:
    """A URL that one client would take elsewhere, or that some refuse, is refused."""
    with pytest.raises(TargetRefused) as refusal:
        targets(text, "url")
    assert refusal.value.code == "AMBIGUOUS"


@pytest.mark.parametrize(
    "text", ["file:///etc/hosts", "sqlite:///x.db", "sqlite+aiosqlite:///x.db", "data:text/plain,http://h.test"]
)
def test_schemes_that_lead_nowhere(text: str) -> None:
    """A URL of this machine's files has no target."""
    assert places(text) == []


def test_several_urls_in_one_string() -> None:
    """Every URL of a list counts, and a URL in a query does not start another."""
    assert places("http://a.test:9200,http://b.test:9200") == ["a.test:9200", "b.test:9200"]
    assert places("http://a.test/?next=x,http://b.test/") == ["a.test:80"]


def test_no_user_information_in_a_target() -> None:
    """What a target shows of a URL is never its user or password."""
    assert "secret" not in repr(targets("https://user:secret@h.test/secret", "url"))


# ------------------------------------------------------------------------------------------------ against real clients

SCHEMES = ("http://",) * 6 + ("https://", "HTTP://", "http:/", "http:///", " http://", "http:\\\\", "//")
USERS = ("",) * 6 + ("u@", "u:p@", "stage-db.hackney.test@", "u@v@", "u#@", "u?@", "u/@", "u\\@", "u%40v@", ":@")
HOSTS = [
    "prod-db.hackney.test",
    "stage-db.hackney.test",
    "PROD-db.hackney.test",
    "prod-db.hackney.test.",
    "127.0.0.77",
    "0x7f.1",
    "0177.0.0.77",
    "2130706509",
    "[::1]",
    "[::ffff:127.0.0.77]",
    "[fe80::1%25eth0]",
    "%70rod-db.hackney.test",
    "ｐｒｏｄ-db.hackney.test",
    "prod․x.test",
    "faß.test",
    "é.test",
    "①②⑦.0.0.77",
    "prod。test",
    "a_b.test",
    "[v1.a]",
    "[::1",
    "a..b",
    "xn--p1ai.test",
]
PORTS = ("",) * 4 + (":80", ":8080", ":", ":0", ":99999", ":x", ":080", ":８０", ":80:81")
TAILS = (
    "",
    "/",
    "/x?y=z",
    "?y=z",
    "#f",
    "/x@y",
    "?a@b",
    "\\x",
    "\\@stage-db.hackney.test/",
    "#@stage-db.hackney.test/",
    " ",
    "/a b",
)


def generated(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    parts = (SCHEMES, USERS, HOSTS, PORTS, TAILS)
    found = []
    for _ in range(count):
        text = "".join(chance.choice(part) for part in parts)
        if chance.random() < 0.3:
            position = chance.randrange(len(text) + 1)
            text = text[:position] + chance.choice("\\@/#?:[]% \t\n\x00。℀\u00ad;,|^") + text[position:]
        found.append(text)
    return found


def by_urllib(text: str) -> str | None:
    return urlsplit(text).hostname if urlsplit(text).scheme in ("http", "https") else None


def by_requests(text: str) -> str | None:
    requests = pytest.importorskip("requests")
    return urlsplit(requests.Request("GET", text).prepare().url).hostname


def by_httpx(text: str) -> str | None:
    httpx = pytest.importorskip("httpx")
    url = httpx.URL(text)
    return url.host if url.scheme in ("http", "https") else None


def same_host(target: Target, host: str) -> bool:
    try:
        parsed = parse_host(f"[{host}]" if ":" in host else host, percent=True)
    except TargetRefused:
        return True  # the client passes on what no resolver takes
    return target.host == parsed


@pytest.mark.parametrize("client", [by_urllib, by_requests, by_httpx])
def test_no_client_goes_elsewhere(client: Callable[[str], str | None]) -> None:
    """Of 10,000 damaged URLs, none that is accepted leads a real client to another host."""
    accepted = 0
    for text in generated(10_000, seed=2):
        try:
            found = targets(text, "url")
        except TargetRefused:
            continue
        try:
            host = client(text)
        except Exception:  # noqa: BLE001 - whatever a client raises, it goes nowhere
            continue
        if host:
            accepted += 1
            assert any(same_host(target, host) for target in found), text
    assert accepted > 500
