"""What a book may say, and what it is told when it says something else."""

from __future__ import annotations

from typing import Any

import pytest

from env_config.authoring import BookProblem, SourceRefused, compile_book, parse_source
from env_config.authoring.problems import refuse
from tests.env_config.address_sources import NOW, TODAY, Spoil, Tree, entry, problems_of, spoiled


def put(*path: str | int, value: Any) -> Spoil:
    """A change of one value."""

    def spoil(tree: Tree) -> None:
        node: Any = tree
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return spoil


def test_the_good_book_is_good() -> None:
    """The book that the other tests spoil has no problem of any kind."""
    assert problems_of(spoiled()) == ()


@pytest.mark.parametrize(
    ("spoil", "words", "hint"),
    [
        (put("services", "redshift", "enviroments", value={}), "unknown key enviroments", "did you mean environments?"),
        (
            put("services", "redshift", "environments", "staging", "hosts", value="x.example"),
            "unknown key hosts",
            "did you mean host?",
        ),
        (put("enviroments", value={}), "unknown key enviroments", "did you mean environments?"),
        (put("environments", "staging", "only", "cidr", value=[]), "unknown key cidr", "did you mean cidrs?"),
        (
            put("environments", "staging", "guards", "conects", value="off"),
            "unknown key conects",
            "did you mean connects?",
        ),
        (put("services", "redshift", "identity", value={"asert": "tls"}), "unknown key asert", "did you mean assert?"),
        (put("services", "redshift", "kind", value="postgres"), "should be one of", "did you mean postgresql?"),
        (
            put("services", "redshift", "environments", "stagin", value={"host": "x.example"}),
            "no such environment",
            "did you mean staging?",
        ),
        (put("acl", "staging", value={"social-car-db": ["x"]}), "no such service", "did you mean social-care-db?"),
        (
            put("services", "person-api", "environments", "staging", value={"host": "x.{enviroment}.example"}),
            "nothing gives {enviroment}",
            "did you mean environment?",
        ),
    ],
)
def test_a_name_that_is_not_known_comes_with_the_nearest_one(spoil: Spoil, words: str, hint: str) -> None:
    """Unknown keys and names are errors, with the word that was probably meant."""
    problem = next(one for one in problems_of(spoiled(spoil)) if words in one.message)
    assert (problem.code, problem.hint) == ("BOOK_INVALID", hint)
    assert problem.line > 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (put("version", value=2), "version should be 1"),
        (put("version", value="1"), "version should be 1"),
        (put("services", "redshift", "environments", "staging", "port", value="5440"), "port should be a port"),
        (put("services", "redshift", "environments", "staging", "port", value=0), "port should be a port"),
        (put("services", "redshift", "environments", "staging", "port", value=65536), "port should be a port"),
        (put("services", "redshift", "environments", "staging", "port", value=True), "is true or false"),
        (put("services", "redshift", "environments", "staging", "host", value=5), "is a number"),
        (put("services", "redshift", "environments", "staging", "host", value=None), "is nothing"),
        (put("services", "redshift", "environments", "staging", value=None), "is nothing"),
        (put("services", "redshift", "environments", "staging", value=[]), "should be a block of keys"),
        (put("services", "redshift", "environments", value="x"), "should be a block of keys"),
        (put("services", "Redshift!", value={"kind": "https", "environments": {}}), "is not a name in lower case"),
        (put("environments", "Staging 2", value={}), "is not a name in lower case"),
        (put("environments", "staging", "protected", value="yes"), "should be true or false"),
        (put("environments", "staging", "attest", "aws_accounts", value=[444455556666]), "is a number"),
        (put("environments", "staging", "attest", "aws_accounts", value=["4444"]), "twelve digits"),
        (put("shared", 0, "review_by", value="soon"), "should be a date"),
        (put("shared", 0, "review_by", value="2027-02-30"), "no day of the calendar"),
        (put("shared", 0, "review_by", value=20270630), "should be a date"),
        (put("shared", value={}), "should be a list"),
        (put("valid_for", value="forever"), "not a duration"),
        (put("services", "social-care-db", "secret", value="hunter2"), "is not a reference"),
        (put("environments", "staging", "only", "cidrs", value=["10.0.0.1/24"]), "not a network"),
        (put("environments", "staging", "only", "cidrs", value=["0.0.0.0/0"]), "all addresses"),
        (put("environments", "staging", "only", "wildcards", value=["*.example"]), "top-level domain"),
        (put("environments", "staging", "only", "wildcards", value=["stage*.example"]), "not a wildcard"),
        (put("environments", "staging", "guards", "ambient", value="on"), "should be one of off, report, enforce"),
    ],
)
def test_a_wrong_value_is_told_by_line(spoil: Spoil, words: str) -> None:
    """Types, bounds and forms are checked; the problem says where and what it should be."""
    problems = problems_of(spoiled(spoil))
    assert any(words in problem.message and problem.line > 0 for problem in problems), problems
    assert {problem.code for problem in problems} == {"BOOK_INVALID"}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (put("version", value=2), "version should be 1, the version of this format, and is 2"),
        (put("version", value="1"), ", and is text: 1"),
        (put("services", "redshift", "kind", value="htps"), ", and is htps"),
        (put("services", "redshift", "kind", value=5), ", and is a number: 5"),
        (put("services", "redshift", "environments", "staging", "port", value=65536), ", and is 65536"),
        (put("shared", 0, "review_by", value="soon"), ", and is soon"),
        (put("services", "redshift", "environments", "staging", value=[]), "a block of keys, and is a list"),
        (put("shared", value={}), "should be a list, and is a block of keys"),
        (put("services", "redshift", "kind", value=["x"]), ", and is a list"),
    ],
)
def test_what_stands_there_is_shown(spoil: Spoil, words: str) -> None:
    """The message has the value itself, or says which of the two kinds of block it is."""
    assert any(one.message.endswith(words) for one in problems_of(spoiled(spoil))), problems_of(spoiled(spoil))


@pytest.mark.parametrize(
    "spoil",
    [
        put("services", "redshift", "secret", value=12345678),
        put("services", "redshift", "kind", value="sk_live_12345678"),
        put("services", "redshift", "port", value="sk_live_12345678"),
    ],
)
def test_what_may_be_a_secret_is_not_shown(spoil: Spoil) -> None:
    """A value under a secret's name, or one that looks like a secret, is not repeated."""
    problems = problems_of(spoiled(spoil))
    assert problems
    assert not any("12345678" in one.message + one.hint for one in problems)


def test_a_lone_problem_says_its_code_once() -> None:
    """The refusal's own code is enough for one problem; several say how many there are, each with its code."""
    lone = BookProblem("BOOK_INVALID", "is wrong", "a.yaml", 3)
    with pytest.raises(SourceRefused) as caught:
        refuse([lone])
    assert caught.value.message == "a.yaml:3: is wrong"
    with pytest.raises(SourceRefused) as caught:
        refuse([lone, BookProblem("BOOK_STALE", "is old", "a.yaml", 4)])
    lines = ["2 problems", "a.yaml:3: BOOK_INVALID: is wrong", "a.yaml:4: BOOK_STALE: is old"]
    assert caught.value.message.splitlines() == lines


@pytest.mark.parametrize("missing", ["version", "environments"])
def test_what_a_book_needs_is_named(missing: str) -> None:
    """A book without version or environments says which is missing."""
    assert any(f"lacks {missing}" in one.message for one in problems_of(spoiled(lambda tree: tree.pop(missing))))


@pytest.mark.parametrize("missing", ["reason", "review_by"])
def test_sharing_needs_a_reason_and_a_review_date(missing: str) -> None:
    """What is shared on purpose says why, and until when that holds."""
    problems = problems_of(spoiled(lambda tree: tree["shared"][0].pop(missing)))
    assert [(one.code, f"lacks {missing}" in one.message) for one in problems] == [("BOOK_INVALID", True)]


def test_a_blank_reason_is_no_reason() -> None:
    """Blanks do not justify anything."""
    assert any("some words" in one.message for one in problems_of(spoiled(put("shared", 0, "reason", value="  "))))


@pytest.mark.parametrize(
    "host",
    [
        "x'; rm -rf ~ #",
        "$(id).example",
        "a`id`.example",
        "a b.example",
        "a|b.example",
        "a\nb.example",
        "a\x00b.example",
        "a\u200bb.example",
        "a\u202eb.example",
        "https://a.example/",
        "a.example:443",
        "a.example,b.example",
        "%61.example",
        "*.example",
        "..",
        "-a.example",
        "a.example/../b",
    ],
)
def test_a_host_with_anything_in_it_is_refused(host: str) -> None:
    """Quotes, blanks, shell characters, control characters, URLs, ports and lists are no host."""
    try:
        text = spoiled(lambda tree: entry(tree, "redshift").update(host=host))
        problems = problems_of(text)
    except SourceRefused as refused:  # YAML itself does not allow some of the characters
        problems = refused.problems
    assert {problem.code for problem in problems} == {"BOOK_INVALID"}
    assert all("no host, and no convention" not in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("3221225985", "192.0.2.1"),
        ("0xc0000201", "192.0.2.1"),
        ("192.0.513", "192.0.2.1"),
        ("１92.0.2.1", "192.0.2.1"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_an_odd_spelling_is_refused_with_the_plain_one(host: str, plain: str) -> None:
    """A book spells a host the way it is compared."""
    problems = problems_of(spoiled(lambda tree: entry(tree, "redshift").update(host=host)))
    assert [(one.code, one.hint) for one in problems] == [("BOOK_INVALID", f"write {plain}")]


def test_an_odd_spelling_of_production_is_production() -> None:
    """The proof reads an odd spelling all the same, so the weightier finding is told as well."""
    problems = problems_of(spoiled(lambda tree: entry(tree, "social-care-db").update(host="3221225985", ip=[])))
    assert {one.code for one in problems} == {"BOOK_INVALID"}
    problems = problems_of(spoiled(lambda tree: entry(tree, "social-care-db").update(host="3221226061", ip=[])))
    assert {one.code for one in problems} == {"BOOK_INVALID", "PROD_EXACT"}


@pytest.mark.parametrize("host", ["RS.Example", "rs.example."])
def test_case_and_a_final_dot_are_no_odd_spelling(host: str) -> None:
    """DNS does not tell them apart, and neither does the book."""
    assert problems_of(spoiled(lambda tree: entry(tree, "redshift").update(host=host))) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "hunter2"),
        ("Password", "hunter2"),
        ("api_key", "hunter2"),
        ("apiKey", "hunter2"),
        ("token", "hunter2"),
        ("db-passwd", "hunter2"),
        ("client_secret", "hunter2"),
        ("connection_string", "hunter2"),
    ],
)
def test_a_key_that_is_called_after_a_secret_is_refused(key: str, value: str) -> None:
    """Whatever its value is, wherever it stands; the value is not repeated."""
    for spoil in (
        lambda tree: entry(tree, "redshift").update({key: value}),
        lambda tree: tree["services"]["redshift"].update({key: value}),
        lambda tree: tree["services"]["redshift"].update(options={key: value}),
        lambda tree: tree["environments"]["staging"].update(variables={key.lower().replace("-", "_"): value}),
        lambda tree: tree.update({key: value}),
    ):
        problems = problems_of(spoiled(spoil))
        assert any("a book holds none" in one.message for one in problems)
        assert not any(value in str(one) + one.hint for one in problems)


@pytest.mark.parametrize(
    "secret",
    [
        "sk_" + "live_4eC39HqLyjWD",
        "rk_" + "live_4eC39HqLyjWD",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "0123456789abcdefghij",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0.x",
        "key-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0",
        "postgresql://app:" + "hunter2@db.example/x",
        "Host=db.example;Password=" + "hunter2",
    ],
)
def test_what_looks_like_a_secret_is_refused_even_in_a_comment(secret: str) -> None:
    """The file is kept under version control: comments count, and the value is not repeated."""
    line = len(spoiled().splitlines()) + 1
    problems = problems_of(spoiled() + f"# {secret}\n")
    assert [(one.line, one.code) for one in problems] == [(line, "BOOK_INVALID")]
    assert secret not in str(problems[0])
    assert any(one.line for one in problems_of(spoiled(put("description", value=secret))))


@pytest.mark.parametrize(
    "secret",
    [
        "ssm:/a/staging/b",
        "secretsmanager:a/staging/b",
        "env:STAGING_DB_PASSWORD",
        "file:/run/secrets/db",
        "key:db-password",
    ],
)
def test_references_are_legal(secret: str) -> None:
    """A book says where a secret is kept."""
    assert problems_of(spoiled(lambda tree: entry(tree, "redshift").update(secret=secret))) == ()


@pytest.mark.parametrize("field", ["database", "user", "path", "resource"])
@pytest.mark.parametrize("value", ["a b", "a'b", 'a"b', "a;b", "a$b", "a`b", "a|b", "a\tb", "a\nb"])
def test_no_value_carries_shell_characters(field: str, value: str) -> None:
    """What is exported to a shell cannot break out of it."""
    assert problems_of(spoiled(lambda tree: entry(tree, "documents").update({field: value})))


def test_free_text_may_have_lines_but_nothing_invisible() -> None:
    """A description is prose; characters that mislead its reader are refused."""
    assert problems_of(spoiled(put("description", value="one\ntwo"))) == ()
    problems = problems_of(spoiled(put("description", value="one\u202etwo")))
    assert ["invisible" in one.message for one in problems] == [True]


def test_everything_is_told_at_once() -> None:
    """One report names all problems, by line, and the refusal carries them."""

    def spoil(tree: Tree) -> None:
        tree["services"]["redshift"]["kid"] = "x"
        entry(tree, "social-care-db")["host"] = "sc-db.live.example"
        tree["shared"][0].pop("reason")

    with pytest.raises(PermissionError) as caught:
        compile_book(parse_source(spoiled(spoil), name="b.yaml"), now=NOW, today=TODAY)
    refusal: Any = caught.value
    assert refusal.code == "PROD_EXACT"
    assert set(refusal.codes) == {"PROD_EXACT", "BOOK_INVALID"}
    lines = [problem.line for problem in refusal.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)
    assert refusal.message.count("b.yaml:") == 3


def test_the_report_survives_pickling_and_json() -> None:
    """A refusal's facts are plain values, its problems among them."""
    import json
    import pickle

    with pytest.raises(SourceRefused) as caught:
        compile_book(parse_source(spoiled(lambda tree: tree["shared"][0].pop("reason"))), now=NOW, today=TODAY)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert json.loads(json.dumps(caught.value.facts()))["problems"][0]["code"] == "BOOK_INVALID"
