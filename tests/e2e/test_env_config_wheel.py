"""The library as services install it: the wheel alone, in an environment that has nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.env_config.listeners import PRODUCTION, Listener

ROOT = Path(__file__).parents[2]
BOOK = """
version: 1
environments:
  production: {protected: true, attest: {aws_accounts: ["111122223333"]}}
  staging: {aliases: [stg], attest: {aws_accounts: ["444455556666"]}}
services:
  social-care-db:
    kind: postgresql
    port: 5432
    database: social_care
    secret: "ssm:/social-care/{environment}/postgres-password"
    environments:
      production: {host: prod-db.hackney.test, ip: [127.0.0.77]}
      staging: {host: stage-db.hackney.test, ip: [127.0.0.66]}
"""
GUARDED = """
import socket, sys
import env_config
env_config.install_guards()
print(env_config.address("social-care-db").host)
try:
    socket.create_connection(("127.0.0.77", int(sys.argv[1])), 2)
except env_config.Refusal as refusal:
    print(refusal.code)
"""


def output(*command: str | Path, folder: Path, variables: Mapping[str, str] | None = None, code: int = 0) -> str:
    """Run a command with nothing of this process's environment but where programs are."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, which is built from a copy of the folder."""
    folder = tmp_path_factory.mktemp("build")
    skipped = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(ROOT / "env_config", folder / "env_config", ignore=skipped)
    build = (sys.executable, "-m", "hatchling", "build", "-d", folder / "dist")
    output(*build, "-t", "sdist", folder=folder / "env_config")
    (archive,) = (folder / "dist").glob("*.tar.gz")
    shutil.unpack_archive(archive, folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    output(*build, "-t", "wheel", folder=unpacked)
    (found,) = (folder / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment's folder of programs, with the wheel installed and nothing from any index."""
    folder = tmp_path_factory.mktemp("clean")
    output(sys.executable, "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    install = (sys.executable, "-m", "uv", "--no-config", "pip", "install", "--offline", "--no-index", "--quiet")
    output(*install, "--python", programs / "python", wheel, folder=folder)
    return programs


@pytest.fixture(scope="module")
def books(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled and signed books, with the trusted keys beside them; compiling needs the extra, so it happens here."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "addresses.yaml").write_text(BOOK)
    (folder / "books").mkdir()
    command = (sys.executable, "-m", "env_config")
    here = {"PYTHONPATH": str(ROOT)}
    key = ("key", "-o", "key.pem", "--for", "book", "--trust", "books/trust.json")
    output(*command, *key, folder=folder, variables=here)
    compiling = ("compile", "addresses.yaml", "--offline", "--key", "key.pem", "-o", "books")
    output(*command, *compiling, folder=folder, variables=here)
    return folder / "books"


def staging(books: Path) -> dict[str, str]:
    return {"ENV_CONFIG_ENVIRONMENT": "staging", "ENV_CONFIG_BOOK": str(books)}


def test_the_wheel_holds_the_package_and_what_it_needs(wheel: Path) -> None:
    """Everything but Python files that the library reads at run time is in the wheel, and no test or cache is."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {
        f"env_config/{path.relative_to(ROOT / 'env_config').as_posix()}"
        for path in (ROOT / "env_config").rglob("*")
        if path.suffix in (".py", ".json", ".c") or path.name == "py.typed"
    }
    assert wanted <= names
    assert {name.split("/")[0] for name in names} == {"env_config", "understudy_env_config-0.1.0.dist-info"}


def test_a_clean_environment_gets_exactly_one_distribution(clean: Path) -> None:
    """Nothing comes along: no dependency, and the metadata asks for none but by the extra."""
    shown = output(
        clean / "python",
        "-I",
        "-c",
        "import importlib.metadata as m, json\n"
        "print(json.dumps([[d.metadata['Name'], d.requires or []] for d in m.distributions()]))",
        folder=clean,
    )
    ((name, requires),) = json.loads(shown)
    assert name == "understudy-env-config"
    assert all("extra == 'compile'" in requirement for requirement in requires)


def test_every_module_imports_without_anything_installed(clean: Path) -> None:
    """No module but the authoring ones needs more than the standard library, the pytest plugin apart."""
    code = (
        "import importlib, pkgutil, env_config\n"
        "for found in pkgutil.walk_packages(env_config.__path__, 'env_config.'):\n"
        "    if not found.name.startswith(('env_config.authoring', 'env_config.pytest_plugin', 'env_config.__main__')):\n"
        "        importlib.import_module(found.name)\n"
    )
    output(clean / "python", "-I", "-c", code, folder=clean)


def test_the_command_resolves_and_exports(clean: Path, books: Path) -> None:
    """`env-config` is on the path of the environment, and gives out staging's address in staging."""
    command = clean / "env-config"
    assert "resolve" in output(command, "--help", folder=books)
    where = output(command, "resolve", "social-care-db", folder=books, variables=staging(books))
    assert where.strip() == "stage-db.hackney.test:5432"
    exported = output(command, "export", "--format", "json", folder=books, variables=staging(books))
    assert json.loads(exported)["SOCIAL_CARE_DB_HOST"] == "stage-db.hackney.test"
    output(command, "resolve", "social-care-db", folder=books, variables={"ENV_CONFIG_BOOK": str(books)}, code=3)
    asked = ("export", "--environment", "production", "--format", "dotenv")
    assert output(command, *asked, folder=books, variables=staging(books), code=3) == ""


def test_the_command_scans(clean: Path, books: Path, tmp_path: Path) -> None:
    """A production address in a staging file is found by the installed scanner."""
    (tmp_path / "staging.tfvars").write_text('host = "prod-db.hackney.test"\n')
    output(clean / "env-config", "scan", tmp_path, folder=tmp_path, variables=staging(books), code=4)


def test_the_guards_bite(clean: Path, books: Path) -> None:
    """A program in the clean environment gets staging's address, and is stopped before production sees a packet."""
    with Listener(PRODUCTION) as production:
        shown = output(
            clean / "python", "-I", "-c", GUARDED, str(production.port), folder=books, variables=staging(books)
        )
        production.settle()
        assert production.accepted == 0
    assert shown.splitlines() == ["stage-db.hackney.test", "PEER_PROD"]


def test_doctor_finds_every_guard_alive(clean: Path, books: Path) -> None:
    """Without one client library there is still nothing that does not bite."""
    found = json.loads(output(clean / "env-config", "doctor", "--json", folder=books, variables=staging(books)))
    assert all(status["bites"] or status["mode"] == "off" for status in found)


def test_checking_a_book_needs_the_extra_and_says_so(clean: Path, books: Path, tmp_path: Path) -> None:
    """Without YAML, `check` names what to install; with it, the same installation proves a book and refuses a bad one."""
    command = (clean / "env-config", "check", "--offline")
    source = books.parent / "addresses.yaml"
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([*command, source], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "understudy-env-config[compile]" in done.stderr
    shutil.copytree(Path(yaml.__file__).parent, tmp_path / "extra" / "yaml")
    extra = {"PYTHONPATH": str(tmp_path / "extra")}
    output(*command, source, folder=tmp_path, variables=extra)
    copied = tmp_path / "copied.yaml"
    copied.write_text(source.read_text().replace("stage-db", "prod-db"))
    output(*command, copied, folder=tmp_path, variables=extra, code=2)
