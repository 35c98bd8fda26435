"""The command line: data on stdout, everything else on stderr, and the same keys in JSON every time."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from generators import REGISTRY
from seeds.dataset.text import read_text
from tests.seeds.boroughs import borough, generated
from tests.seeds.command_line import CommandLine, finish, start

DATASET = ("borough", "-n", 150, "--seed", 7)
MANIFEST = {"dataset", "version", "seed", "units", "as_of", "epoch", "environment", "rows", "tables"}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


def test_a_target_from_seed_to_reset(command: CommandLine, tmp_path: Path) -> None:
    """Seed, seed again, verify and reset, each in JSON with stable keys and nothing on stderr."""
    target = ("--to", f"sqlite:///{tmp_path}/target.db", "--json")
    first = command("seed", *DATASET, *target)
    timing = {"loaded_rows", "load_seconds", "seconds", "rules_checked"}
    assert (first.code, first.err, set(first.json)) == (0, "", {"outcome", "target", *MANIFEST, *timing})
    assert (first.json["tables"], first.json["rows"]) == generated(150)
    assert first.json["outcome"] == "loaded"
    again = command("seed", *DATASET, *target)
    assert (again.code, again.json["outcome"], again.json["tables"]) == (0, "unchanged", first.json["tables"])
    verified = command("verify", "borough", *target)
    assert (verified.code, verified.err) == (0, "")
    assert set(verified.json) == {"holds", "dataset", "tables", "orphans", "rules"}
    removed = command("reset", "borough", *target)
    assert (removed.code, removed.err) == (0, "")
    assert set(removed.json) == {"dataset", "target", "deleted", "dropped_tables"}
    assert removed.json["deleted"] == first.json["rows"]
    absent = command("reset", "borough", *target)
    assert (absent.code, absent.out, absent.error["code"]) == (3, "", "MANIFEST_ABSENT")


def test_a_target_in_words(command: CommandLine, tmp_path: Path) -> None:
    """Without a terminal there is no bar; the tables are on stdout, and the embedded database is not mentioned."""
    target = ("--to", f"sqlite:///{tmp_path}/target.db")
    first = command("seed", *DATASET, *target)
    assert (first.code, first.err) == (0, "")
    assert "loaded: " in first.out
    assert "coherence rules hold" in first.out
    assert "understudy database" not in first.out
    assert "Nothing to do" in command("seed", *DATASET, *target).out
    assert "rows of borough deleted" in command("reset", "borough", *target).out


def test_digests_do_not_depend_on_the_parts(command: CommandLine) -> None:
    """`digest` prints each table's digest and rows, the same for any number of parts."""
    tables, rows = generated(150)
    for extra in ((), ("--partitions", 1), ("--partitions", 7)):
        found = command("digest", *DATASET, *extra, "--json")
        assert (found.code, found.err) == (0, "")
        assert found.json == {"tables": tables, "rows": rows}
    plain = command("digest", *DATASET)
    assert all(digest in plain.out for digest in tables.values())


def test_digests_do_not_depend_on_the_processes() -> None:
    """Two processes give what one gives."""
    ended = finish(start("digest", *DATASET, "--workers", 2, "--json"))
    assert ended.code == 0, ended.err
    assert (ended.json["tables"], ended.json["rows"]) == generated(150)


def test_time_moves_on_from_an_epoch(command: CommandLine) -> None:
    """A later date changes the ledger and the balances, and no other table; the dataset's own date is the epoch."""
    now = command("digest", *DATASET, "--json").json
    later = command("digest", *DATASET, "--as-of", "2026-05-18", "--json").json
    assert later == command("digest", *DATASET, "--epoch", "2026-04-06", "--as-of", "2026-05-18", "--json").json
    changed = {name for name in now["tables"] if now["tables"][name] != later["tables"][name]}
    assert changed == {"rent_transaction", "rent_account"}
    assert later["rows"]["rent_transaction"] > now["rows"]["rent_transaction"]
    assert later["rows"]["rent_account"] == now["rows"]["rent_account"]


def test_generators_are_listed(command: CommandLine) -> None:
    """All of them in a list, one in full, in words and in JSON."""
    listed = command("generators", "--json").json
    assert [item["name"] for item in listed] == sorted(REGISTRY)
    keys = {"name", "version", "summary", "output", "promise", "unique", "parameters", "examples"}
    assert all(keys <= set(item) for item in listed)
    words = command("generators").out
    assert all(name in words for name in REGISTRY)
    one = command("generators", "nhs_number", "--json").json
    assert (one["name"], one["promise"], one["unique"]) == ("nhs_number", "never_issued", True)
    assert "never_issued" in command("generators", "nhs_number").out
    for name in [*REGISTRY, "faker.city", "mimesis.address.city"]:
        assert command("generators", name).code == 0, name


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("generators", "nhs_numbr"), "SPEC_UNKNOWN_NAME", "did you mean 'nhs_number'"),
        (("digest", "burough"), "DATASET_UNKNOWN", "borough"),
        (("digest", "borough", "-n", 1_200_000), "SPEC_DOMAIN_TOO_SMALL", "> 909,091"),
        (("digest", "borough", "-n", 1_200_000), "SPEC_DOMAIN_TOO_SMALL", f"{909_091 // 80 * 100:,} residents"),
        (("digest", "borough", "--epoch", "2026-04-07", "--as-of", "2026-04-06"), "DATE_BEFORE_EPOCH", "swap"),
        (("generate", "borough", "-n", 1, "--out", "{out}", "--format", "xml"), "FORMAT_UNKNOWN", "parquet"),
        (("generate", "borough", "-n", 1, "--out", "{out}", "--partition", "0/3"), "PARTITION_INVALID", "3/8"),
        (("generate", "borough", "-n", 1, "--out", "{out}", "--partition", "4/3"), "PARTITION_INVALID", "3/8"),
        (("generate", "borough", "-n", 1, "--out", "{out}", "--partition", "x"), "PARTITION_INVALID", "3/8"),
        (("seed", "borough", "--to", "oracle://db"), "TARGET_UNKNOWN", "postgresql"),
    ],
)
def test_bad_input_is_refused(
    command: CommandLine, tmp_path: Path, arguments: tuple[object, ...], code: str, words: str
) -> None:
    """Exit code 2, a stable code and a way out; in words and in JSON; nothing on stdout and nothing written."""
    filled = [str(item).replace("{out}", str(tmp_path / "out")) for item in arguments]
    refused = command(*filled, "--json")
    assert (refused.code, refused.error["code"], refused.out) == (2, code, "")
    assert words in refused.error["message"] + refused.error["hint"]
    assert refused.error["hint"]
    plain = command(*filled)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.startswith(f"error[{code}]: ")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_refused(command: CommandLine, tmp_path: Path) -> None:
    """Exit code 2 and the file's name; where one of a similar name is there, it is offered."""
    refused = command("digest", tmp_path / "smal.yaml", "--json")
    assert (refused.code, refused.error["code"], refused.out) == (2, "DATASET_UNREADABLE", "")
    assert "smal.yaml" in refused.error["message"]
    (tmp_path / "small.yaml").touch()
    assert "small.yaml" in command("digest", tmp_path / "smal.yaml", "--json").error["hint"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("digest", "borough", "--as-of", "06/04/2026"),
        ("digest", "borough", "--as-of", "2026-02-30"),
        ("digest", "borough", "--residents", "0"),
        ("digest", "borough", "--seed", "-1"),
        ("digest", "borough", "--seed", "many"),
        ("digest",),
        ("frobnicate",),
        ("seed", "borough", "--connections", "0"),
    ],
)
def test_a_command_that_cannot_be_read_is_refused(command: CommandLine, arguments: tuple[str, ...]) -> None:
    """Exit code 2, the usage on stderr, and nothing on stdout."""
    refused = command(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err


def test_help_is_data(command: CommandLine) -> None:
    """`--help` ends well and lists every command of the project."""
    found = command("--help")
    assert (found.code, found.err) == (0, "")
    for name in ("seed", "plan", "verify", "reset", "generate", "digest", "database", "generators", "serve"):
        assert name in found.out


def test_a_file_of_ones_own_is_a_dataset(command: CommandLine, tmp_path: Path) -> None:
    """A path works wherever a packaged name does, and a mistake in it is shown with its line."""
    file = tmp_path / "small.yaml"
    text = (
        "dataset: small\nversion: 1\nas_of: 2026-04-06\nsize: {unit: thing, default: 5, root: thing}\n"
        "tables:\n  thing:\n    primary_key: id\n    columns:\n      id: {type: bigint, generate: key}\n"
        "      name: {type: text, generate: {choice: [a, b]}}\n"
    )
    file.write_text(text, encoding="utf-8")
    assert command("digest", file, "--json").json["rows"] == {"thing": 5}
    assert command("seed", file, "--to", f"sqlite:///{tmp_path}/target.db", "--json").json["rows"] == {"thing": 5}
    file.write_text(text.replace("choice:", "choise:"), encoding="utf-8")
    refused = command("digest", file, "--json").error
    assert (refused["file"], refused["line"]) == (str(file), "10")
    assert "choice" in refused["hint"]


def test_the_packaged_defaults_are_used(command: CommandLine) -> None:
    """Without arguments a plan is for the dataset's own size."""
    found = command("plan", "borough", "--json").json
    assert found["units"] == borough().spec.size.default
    assert json.dumps(found)


def test_hints_can_be_pasted(command: CommandLine, tmp_path: Path) -> None:
    """The commands in a hint name the dataset and the target as they were written; run, they do what was asked."""
    mine, target = tmp_path / "mine.yaml", f"sqlite:///{tmp_path / 'mine.db'}"
    text = read_text("borough").data.decode()
    mine.write_text(text, encoding="utf-8")
    assert command("seed", mine, "--to", target, "-n", 100).code == 0
    wider = text.replace("version: 1", "version: 2", 1).replace("      position: {type: smallint", "      extra: {type: "
                         "integer, generate: ordinal}\n      position: {type: smallint", 1)  # fmt: skip
    mine.write_text(wider, encoding="utf-8")
    refused = command("seed", mine, "--to", target, "-n", 100)
    hinted = re.findall(r"'understudy ([^']*)'", refused.err)
    assert [shlex.split(line)[0] for line in hinted] == ["reset", "seed"]
    for line in hinted:
        assert command(*shlex.split(line)).code == 0


@pytest.mark.parametrize("to", ["foo", "", "s.db", "jdbc:postgresql://x/y"])
@pytest.mark.parametrize("name", ["auto", "borough"])
def test_what_is_no_url_is_refused(command: CommandLine, to: str, name: str) -> None:
    """An empty variable or a forgotten scheme leads to a code and the kinds of database there are."""
    ended = command("seed", name, "--to", to)
    assert ended.code == 2
    assert "TARGET_UNKNOWN" in ended.err


def test_a_database_without_tables_is_not_called_filled(command: CommandLine, tmp_path: Path) -> None:
    """Nothing to fill is a refusal, and neither marks an empty database nor makes an absent one."""
    (tmp_path / "empty.db").touch()
    empty = command("seed", "auto", "--to", f"sqlite:///{tmp_path}/empty.db", "--environment", "test")
    assert (empty.code, "TABLES_ABSENT" in empty.err) == (2, True)
    assert (tmp_path / "empty.db").stat().st_size == 0
    absent = command("seed", "auto", "--to", f"sqlite:///{tmp_path}/absent.db")
    assert (absent.code, "TARGET_ABSENT" in absent.err) == (2, True)
    assert not (tmp_path / "absent.db").exists()
