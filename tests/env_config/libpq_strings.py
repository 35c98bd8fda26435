"""Connection strings for PostgreSQL with everything in them that a parser can trip over; the same seed gives the same strings."""

from __future__ import annotations

import random
from collections.abc import Iterator

HOSTS = [
    "prod-db.hackney.test",
    "stage-db.hackney.test",
    "localhost",
    "db",
    "127.0.0.77",
    "0x7f.1",
    "0177.0.0.77",
    "2130706509",
    "[::1]",
    "[::ffff:127.0.0.77]",
    "[prod-db]",
    "[]",
    "[::1",
    "::1]",
    "%70rod",
    "%2Ftmp",
    "%2fvar%2frun",
    "/tmp",
    "@abstract",
    "%40x",
    "a%2Cb",
    "a%3A1",
    "%5B::1%5D",
    "%zz",
    "%0",
    "%00",
    "%25",
    "%2525",
    "p%20d",
    "é",
    "ｐｒｏｄ",
    "①②⑦.0.0.77",
    "a..b",
    "a.",
    ".a",
    "-a",
    "a_b",
    "*",
    "$HOME",
    "{host}",
    "a=b",
    "a#b",
    "a;b",
    "a\\b",
    "'a'",
    '"a"',
    "a'b",
    "PROD-DB.HACKNEY.TEST",
]
PORTS = ("5432", "5433", "0", "", "99999", "x", "54%332", " 5432", "5432 ", "+5432", "1,2", "5432:1", "[1]")
USERS = (
    "u",
    "",
    "u:p",
    "u:",
    ":p",
    "u:p:q",
    "u%40x",
    "u%zz",
    "u@v",
    "u:p@q",
    "u/v",
    "u?v",
    "u#v",
    "u:p/q",
    "u v",
    " u",
    "u:p ",
)
DATABASES = ("x", "", "x/y", "x%2Fy", "x y", "x#y", "x=y", "x%", "host=prod-db", "x@y", "x:1", " x")
KNOWN = ("host", "hostaddr", "port") * 8 + (
    "dbname",
    "user",
    "password",
    "sslmode",
    "options",
    "service",
    "requiressl",
) * 2
KEYWORDS = (*KNOWN, "ssl", "Host", "hos", "h%6Fst", "unknown")
BLANKS = (" ",) * 20 + ("  ", "\t", "\n", "\v", "\f", "\r", "\u00a0", "")
VALUES = [
    "require",
    "true",
    "1",
    "0",
    "a",
    "b,c",
    ",a",
    "a,",
    ",",
    "127.0.0.77",
    "127.0.0.77,127.0.0.66",
    "prod-db.hackney.test",
    "stage-db.hackney.test,prod-db.hackney.test",
    "/tmp",
    "5432",
    "5432,5433",
    "-c%20x=y",
    "é",
    "%41",
    "%4",
    "%",
    "+",
    "a+b",
    "a&b",
    "a=b",
]
PREFIXES = (
    ("postgresql://",) * 8
    + ("postgres://",) * 4
    + ("POSTGRESQL://", "postgresql:/", "postgresql:///", "postgresql+psycopg://", "")
)
NOISE = "@:/?#[]%&=,;'\"\\ \t\nabz019.-_~+*é\u3002"


def strings(count: int, seed: int) -> Iterator[str]:
    """That many strings: URIs and pairs in turn, a quarter of them damaged."""
    chance = random.Random(seed)
    for index in range(count):
        text = _uri(chance) if index % 2 else _pairs(chance)
        if chance.random() < 0.25:
            text = _damaged(chance, text)
        yield text.replace("\0", "")


def _uri(chance: random.Random) -> str:
    parts = [chance.choice(PREFIXES)]
    if chance.random() < 0.6:
        parts.append(chance.choice(USERS) + "@")
    parts.append(",".join(_place(chance) for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 3)))))
    if chance.random() < 0.7:
        parts.append("/" + chance.choice(DATABASES))
    if chance.random() < 0.6:
        parts.append("?" + "&".join(_parameter(chance) for _ in range(chance.choice((0, 1, 1, 2, 3)))))
    if chance.random() < 0.08:
        parts.append("#" + chance.choice(VALUES))
    return "".join(parts)


def _place(chance: random.Random) -> str:
    host = chance.choice(HOSTS) if chance.random() < 0.93 else ""
    return host + (":" + chance.choice(PORTS) if chance.random() < 0.5 else "")


def _parameter(chance: random.Random) -> str:
    keyword = chance.choice(KEYWORDS)
    value = _value(chance, keyword)
    blank = chance.choice(" \t") if chance.random() < 0.15 else ""
    form = chance.choice(
        ("{k}={v}",) * 12
        + ("{b}{k}={v}", "{k}{b}={v}", "{k}={b}{v}", "{k}={v}{b}", "{k}", "{k}=={v}", "={v}", "{k}=", "")
    )
    return form.format(k=keyword, v=value, b=blank)


def _value(chance: random.Random, keyword: str) -> str:
    if keyword in ("host", "hostaddr") and chance.random() < 0.7:
        return ",".join(chance.choice(HOSTS) for _ in range(chance.choice((1, 1, 1, 2))))
    if keyword == "port" and chance.random() < 0.7:
        return chance.choice(PORTS)
    return chance.choice(VALUES)


def _pairs(chance: random.Random) -> str:
    text = chance.choice(BLANKS) if chance.random() < 0.2 else ""
    for _ in range(chance.choice((0, 1, 2, 2, 3, 4, 6))):
        keyword = chance.choice(KEYWORDS)
        around = [chance.choice(BLANKS) if chance.random() < 0.2 else "" for _ in range(2)]
        text += keyword + around[0] + "=" + around[1] + _quoted(chance, _value(chance, keyword)) + chance.choice(BLANKS)
    return text


def _quoted(chance: random.Random, value: str) -> str:
    choice = chance.random()
    if choice < 0.5:
        return value
    if choice < 0.7:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if choice < 0.8:
        return "'" + value + chance.choice(("", " ", "\\", "''", "\n")) + chance.choice(("'", "", "'x"))
    position = chance.randrange(len(value) + 1)
    return value[:position] + "\\" + value[position:]


def _damaged(chance: random.Random, text: str) -> str:
    for _ in range(chance.choice((1, 1, 2, 4))):
        position = chance.randrange(len(text) + 1)
        action = chance.random()
        if action < 0.5:
            text = text[:position] + chance.choice(NOISE) + text[position:]
        elif action < 0.8:
            text = text[:position] + text[position + 1 :]
        else:
            other = chance.randrange(len(text) + 1)
            text = text[: min(position, other)] + text[max(position, other) :]
    return text
