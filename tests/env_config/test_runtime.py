"""One process's view: environment, book and addresses, found out once and never guessed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from env_config.authoring.signing import new_key, signer
from env_config.book import shelf
from env_config.book.codec import open_sealed, seal
from env_config.book.model import Book
from env_config.errors import BookRefused, EnvironmentRefused, Refusal, TargetRefused
from env_config.runtime import Runtime
from env_config.trust import Trust
from tests.env_config.books import corpus_book

NOW = 1_700_000_500


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    key = tmp_path_factory.mktemp("keys") / "signing.pem"
    new_key(key, trust=folder / "trust.json", purposes=("book",))
    for environment in ("production", "pre-production", "staging", "development"):
        (folder / f"{environment}.json").write_bytes(seal(corpus_book(environment), signer(key)))
    return folder


def runtime(books: Path, environ: dict[str, str]) -> Runtime:
    return Runtime(books, environ=environ, clock=lambda: NOW)


def test_an_address_is_that_of_the_declared_environment(books: Path) -> None:
    """Each environment gets its own host for the same name, under any spelling of its own name."""
    found = {
        declared: runtime(books, {"ENV_CONFIG_ENVIRONMENT": declared}).address("social-care-db").host
        for declared in ("staging", " STG ", "pre_production", "PreProd")
    }
    assert found == {
        "staging": "stage-db.hackney.test",
        " STG ": "stage-db.hackney.test",
        "pre_production": "preprod-db.hackney.test",
        "PreProd": "preprod-db.hackney.test",
    }


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "ENV_UNSET"),
        ({"ENV_CONFIG_ENVIRONMENT": "  "}, "ENV_UNSET"),
        ({"ENV_CONFIG_ENVIRONMENT": "stagin"}, "ENV_UNKNOWN"),
        ({"ENV_CONFIG_ENVIRONMENT": "production"}, "ENV_UNATTESTED"),
        ({"NODE_ENV": "staging", "RAILS_ENV": "staging"}, "ENV_UNSET"),
    ],
)
def test_nothing_is_guessed(books: Path, environ: dict[str, str], code: str) -> None:
    """Unset, unknown and unproved environments are refusals, and other variables prove nothing."""
    with pytest.raises(EnvironmentRefused) as caught:
        runtime(books, environ).address("social-care-db")
    assert caught.value.code == code


def test_a_refusal_is_a_permission_error(books: Path) -> None:
    """Applications that know nothing of the library still see what kind of error it is."""
    with pytest.raises(PermissionError):
        runtime(books, {}).address("social-care-db")


def test_an_absent_service_is_refused(books: Path) -> None:
    """A service that this environment does not have is never taken from another one."""
    started = runtime(books, {"ENV_CONFIG_ENVIRONMENT": "development"})
    with pytest.raises(TargetRefused) as caught:
        started.address("social-care-db")
    assert (caught.value.code, caught.value.service, caught.value.environment) == (
        "UNDECLARED",
        "social-care-db",
        "development",
    )


def test_the_environment_is_frozen(books: Path) -> None:
    """A second value is refused even for an address that is cached; the first one back again is fine."""
    environ = {"ENV_CONFIG_ENVIRONMENT": "staging"}
    started = runtime(books, environ)
    first = started.address("social-care-db")
    for changed in ("production", "development", None):
        environ.pop("ENV_CONFIG_ENVIRONMENT", None)
        if changed is not None:
            environ["ENV_CONFIG_ENVIRONMENT"] = changed
        with pytest.raises(EnvironmentRefused) as caught:
            started.address("social-care-db")
        assert caught.value.code == "ENV_CONFLICT"
    environ["ENV_CONFIG_ENVIRONMENT"] = "STG"
    assert started.address("social-care-db") == first


@pytest.mark.parametrize("declared", ["staging", "STG"])
def test_a_book_is_read_no_more_often_than_needed(books: Path, monkeypatch: pytest.MonkeyPatch, declared: str) -> None:
    """Where the declared name is the file's, one book is opened and verified; an alias costs one more, to look it up."""
    opened: list[str] = []

    def counting(raw: bytes, trust: Trust, *, now: int) -> Book:
        book = open_sealed(raw, trust, now=now)
        opened.append(book.environment)
        return book

    monkeypatch.setattr(shelf, "open_sealed", counting)
    started = runtime(books, {"ENV_CONFIG_ENVIRONMENT": declared})
    started.address("social-care-db")
    started.address("manage-my-home")
    assert opened == (["staging"] if declared == "staging" else ["development", "staging"])


def test_an_address_is_found_once(books: Path) -> None:
    """The second look-up gives the very same object."""
    started = runtime(books, {"ENV_CONFIG_ENVIRONMENT": "staging"})
    assert started.address("social-care-db") is started.address("social-care-db")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (None, "BOOK_MISSING"),
        ("absent", "BOOK_MISSING"),
        ("empty", "BOOK_MISSING"),
        ("lonely/staging.json", "BOOK_MISSING"),
    ],
)
def test_a_missing_book_is_refused(books: Path, tmp_path: Path, path: str | None, code: str) -> None:
    """No book, a folder that is not there or empty, or no trusted keys: a refusal each time."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "lonely").mkdir()
    (tmp_path / "lonely" / "staging.json").write_bytes((books / "staging.json").read_bytes())
    where = None if path is None else tmp_path / path
    with pytest.raises(BookRefused) as caught:
        Runtime(where, environ={"ENV_CONFIG_ENVIRONMENT": "staging"}, clock=lambda: NOW).address("x")
    assert caught.value.code == code


def test_one_books_file_is_enough(books: Path) -> None:
    """A deployment that carries only its own book resolves, and refuses to be another environment."""
    own = books / "staging.json"
    assert Runtime(own, environ={"ENV_CONFIG_ENVIRONMENT": "stg"}, clock=lambda: NOW).book.environment == "staging"
    with pytest.raises(EnvironmentRefused) as caught:
        _ = Runtime(own, environ={"ENV_CONFIG_ENVIRONMENT": "development"}, clock=lambda: NOW).book
    assert caught.value.code == "ENV_CONFLICT"


def test_another_environments_book_under_this_name_is_refused(books: Path, tmp_path: Path) -> None:
    """A file that was copied to the wrong name makes nobody production, whatever its signature says."""
    for name, content in (("staging.json", "production.json"), ("trust.json", "trust.json")):
        (tmp_path / name).write_bytes((books / content).read_bytes())
    started = runtime(tmp_path, {"ENV_CONFIG_ENVIRONMENT": "staging"})
    for ask in (lambda: started.environment, lambda: started.book, lambda: started.address("social-care-db")):
        with pytest.raises(EnvironmentRefused) as caught:
            ask()
        assert (caught.value.code, caught.value.rule) == ("ENV_CONFLICT", "book-environment")
        assert caught.value.target.endswith("staging.json")


def test_a_long_name_is_not_repeated_in_full(books: Path) -> None:
    """A message holds one line of what was declared, however long and strange it is."""
    for declared in ("x" * 100_000, "a\nb: c"):
        with pytest.raises(EnvironmentRefused) as caught:
            _ = runtime(books, {"ENV_CONFIG_ENVIRONMENT": declared}).environment
        assert caught.value.code == "ENV_UNKNOWN"
        assert len(str(caught.value)) < 400
        assert "\n" not in str(caught.value)


def test_a_book_that_cannot_be_used_is_named(books: Path, tmp_path: Path) -> None:
    """A tampered book's refusal says which file it is about."""
    for path in books.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes().replace(b"stage-db", b"stage-dc"))
    with pytest.raises(BookRefused) as caught:
        _ = runtime(tmp_path, {"ENV_CONFIG_ENVIRONMENT": "staging"}).book
    assert (caught.value.code, caught.value.target) == ("BOOK_SIGNATURE", str(tmp_path / "staging.json"))


def test_a_declared_name_is_no_path(books: Path) -> None:
    """A name with slashes or dots opens no file; it is just no environment."""
    for name in ("../staging", "/etc/passwd", "staging.json", "trust"):
        with pytest.raises(Refusal) as caught:
            _ = runtime(books, {"ENV_CONFIG_ENVIRONMENT": name}).environment
        assert caught.value.code == "ENV_UNKNOWN"


def test_a_refusal_is_not_kept(books: Path) -> None:
    """A process that was refused may be told its environment and ask again."""
    environ: dict[str, str] = {}
    started = runtime(books, environ)
    with pytest.raises(EnvironmentRefused):
        _ = started.environment
    environ["ENV_CONFIG_ENVIRONMENT"] = "staging"
    assert started.environment.name == "staging"


def test_threads_agree(books: Path) -> None:
    """Threads that come first at the same time all get the one environment that was settled."""
    started, found = runtime(books, {"ENV_CONFIG_ENVIRONMENT": "staging"}), []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        found.append(started.environment)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(environment) for environment in found}) == 1
