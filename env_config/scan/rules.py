"""The rules of the scanner. Each takes one file and yields what it finds; none knows another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..verdict import DENY, WARN
from . import defaults, secrets, switches
from .addresses import PLACEHOLDER, WHO_MAY_COME_IN, Piece
from .judging import hosts_of
from .model import Literal
from .sheet import Context, Sheet
from .stages import MIXED

_AXIS_KEYS = frozenset(
    {"environment", "env", "stage", "app_env", "environment_name", "env_name", "deploy_env", "env_config_environment"}
)
_LINKS = frozenset(
    {
        "homepage",
        "repository",
        "bugs",
        "$schema",
        "xmlns",
        "$id",
        "@context",
        "docs",
        "documentation",
        "license",
        "image",
        "uses",
    }
)
_CONFIGURATION = frozenset({"yaml", "json", "hcl", "settings", "shell", "dockerfile"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding before it has a line and a fingerprint."""

    at: int
    code: str
    verdict: str
    message: str
    target: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """An address-like piece in a file, and the stage it stands in."""

    literal: Literal
    piece: Piece
    context: Context

    @property
    def at(self) -> int:
        return self.literal.at + self.piece.at

    def draft(self, code: str, verdict: str, message: str, target: str) -> Draft:
        return Draft(self.at, code, verdict, message, target, self.literal.keys)


def spots(sheet: Sheet) -> Iterator[Spot]:
    """Every address-like piece of a file that stands outside production."""
    for literal, inside in sheet.addressed:
        context = sheet.context(literal)
        if not sheet.judge.stages.is_production(context.stage):
            for piece in inside:
                yield Spot(literal, piece, context)


def _where(context: Context) -> str:
    return f"in {context.stage}" if context.stage is not None else "on every developer's machine"


def _severity(sheet: Sheet, spot: Spot) -> str:
    comes_in = spot.piece.kind == "ip" and WHO_MAY_COME_IN.search(".".join(spot.literal.keys))
    return WARN if spot.context.soft or sheet.is_recording or comes_in else DENY


def production_literal(sheet: Sheet) -> Iterator[Draft]:
    """The book knows the address as production's, and it stands where production is not meant."""
    if not sheet.judge.has_book:
        return
    for spot in spots(sheet):
        reason = sheet.judge.known(
            spot.piece, sheet.port_beside(spot.literal) if spot.piece.kind in ("host", "ip") else None
        )
        if reason is not None:
            message = f"{reason.detail}, and would be used {_where(spot.context)}"
            yield spot.draft(reason.code, _severity(sheet, spot), message, reason.target or masked(spot.piece))
    for literal in sheet.literals:
        named = sheet.judge.named_resource(literal.value)
        context = sheet.context(literal) if named is not None else Context()
        if (
            named is not None
            and not sheet.judge.stages.is_production(context.stage)
            and "bucket" not in literal.name.lower()
        ):
            spot = Spot(literal, Piece("resource", literal.value, 0), context)
            yield spot.draft(
                named.code, _severity(sheet, spot), f"{named.detail}, and would be used {_where(context)}", named.target
            )


def production_token(sheet: Sheet) -> Iterator[Draft]:
    """No book knows the address, but its own words say production."""
    for spot in spots(sheet):
        piece = spot.piece
        if piece.kind == "parameter" or not piece.sure or spot.literal.bare or spot.literal.name.lower() in _LINKS:
            continue
        stage = sheet.judge.spoken(piece)
        if stage is None or not sheet.judge.stages.is_production(stage) or sheet.judge.known(piece) is not None:
            continue
        verdict = _token_verdict(sheet, spot)
        if verdict:
            code = "PROD_EXACT" if piece.kind in ("host", "url", "text") else "PROD_RESOURCE"
            yield spot.draft(
                code, verdict, f"its name says production, and it would be used {_where(spot.context)}", masked(piece)
            )


def _token_verdict(sheet: Sheet, spot: Spot) -> str:
    judge, piece = sheet.judge, spot.piece
    if judge.shared(piece):
        return ""
    configured = sheet.format.name in _CONFIGURATION
    explicit = spot.context.explicit and not spot.context.soft and not sheet.sample and not sheet.is_recording
    if judge.ours(piece):
        if piece.kind == "host" and not configured and not judge.has_book:
            return ""
        return DENY if explicit and configured else WARN
    reserved = any(
        host.lower().endswith(("example.com", "example.org", "example.net"))
        for host in hosts_of(piece.kind, piece.text)
    )
    if reserved or piece.kind == "host" or not configured:
        return ""
    return WARN if explicit else ""


def production_parameter(sheet: Sheet) -> Iterator[Draft]:
    """A parameter or secret of production is asked for outside production, by value or as a name to fill in."""
    stages = sheet.judge.stages
    for spot in spots(sheet):
        if spot.piece.kind == "parameter" and spot.piece.sure and stages.is_production(sheet.judge.spoken(spot.piece)):
            explicit = spot.context.explicit and not spot.context.soft and not sheet.sample
            message = f"asks for a parameter of production {_where(spot.context)}"
            yield spot.draft("PROD_RESOURCE", DENY if explicit else WARN, message, spot.piece.text)
    for literal, path in _parameter_names(sheet):
        context = sheet.context(literal)
        if stages.is_production(sheet.judge.parameter(path)) and not stages.is_production(context.stage):
            verdict = DENY if context.explicit and not sheet.sample else WARN
            yield Draft(
                literal.at,
                "PROD_RESOURCE",
                verdict,
                "a file for other stages names a parameter of production",
                path,
                literal.keys,
            )


def _parameter_names(sheet: Sheet) -> Iterator[tuple[Literal, str]]:
    """Paths that are a setting's own name, and those that a resource of a parameter store is called by."""
    for literal in sheet.literals:
        name = literal.name
        if sheet.format.name == "settings" and name.startswith("/") and name.count("/") > 1 and " " not in name:
            yield literal, name
        elif literal.value.startswith("/") and literal.value.count("/") > 1 and _names_parameter(literal):
            yield literal, literal.value


def _names_parameter(literal: Literal) -> bool:
    around = ".".join(literal.keys[-3:]).lower()
    return literal.name.lower() in ("name", "valuefrom", "parameter", "parametername") and (
        "ssm_parameter" in around or "valuefrom" in around or "parametername" in around
    )


def stageless_key(sheet: Sheet) -> Iterator[Draft]:
    """A parameter without a stage in its path has one value for all stages."""
    for literal, piece in _references(sheet):
        path = piece.text
        if path.startswith("arn:"):
            path = path.partition("parameter")[2] if ":ssm:" in path else path.rpartition(":secret:")[2]
        segments = [segment for segment in path.split("/") if segment]
        if len(segments) < 2 or segments[0] == "aws" or PLACEHOLDER.search(path) or "*" in path or "%s" in path:
            continue
        stages = sheet.judge.stages
        if any(stages.named(segment) or stages.label(segment) not in (None, MIXED) for segment in segments[:-1]):
            continue
        yield Draft(
            literal.at + piece.at,
            "STAGELESS_KEY",
            WARN,
            "every stage gets the same value of this key",
            path,
            literal.keys,
        )


def _references(sheet: Sheet) -> Iterator[tuple[Literal, Piece]]:
    for literal, inside in sheet.addressed:
        if "ssm" in literal.value or "secretsm" in literal.value.lower():
            for piece in inside:
                if (piece.kind == "parameter" and piece.sure) or (piece.kind == "arn" and _in_store(piece.text)):
                    yield literal, piece
    for literal, path in _parameter_names(sheet):
        yield literal, Piece("parameter", path, 0)


def _in_store(arn: str) -> bool:
    """A parameter or secret. Where the ARN names an account, that account tells the stages apart already."""
    parts = PLACEHOLDER.sub("x", arn).split(":", 5)
    return (
        len(parts) == 6
        and parts[2] in ("ssm", "secretsmanager")
        and parts[4] in ("", "*")
        and parts[5].startswith(("parameter/", "secret:"))
    )


def default_environment(sheet: Sheet) -> Iterator[Draft]:
    """Code takes an environment for granted where none is set."""
    if sheet.production:
        return
    for at, variable, value, framework in defaults.found(sheet.text, sheet.format.name):
        stage = sheet.judge.stages.named(value)
        if stage is None or stage == sheet.stage or _commented(sheet, at):
            continue
        if framework and not sheet.format.program:
            continue  # an image is built in its framework's production mode, whichever stage it will run in
        if sheet.judge.stages.is_production(stage):
            message = f"where {variable} is not set, this becomes production"
            yield Draft(at, "ENV_UNSET", WARN if framework else DENY, message, variable)
        elif not framework and stage in defaults.GUESSED:
            yield Draft(at, "ENV_UNSET", WARN, f"where {variable} is not set, this guesses {value}", variable)


def _commented(sheet: Sheet, at: int) -> bool:
    before = sheet.text[sheet.text.rfind("\n", 0, at) + 1 : at].lstrip()
    return before.startswith(("#", "//", "*", "/*", "--", ";", "<!--"))


def declared_production(sheet: Sheet) -> Iterator[Draft]:
    """A file of another stage declares that it is production."""
    if sheet.format.name not in ("settings", "hcl", "yaml") or sheet.is_ci:
        return
    stages = sheet.judge.stages
    for literal in sheet.literals:
        if literal.name.lower().replace("-", "_") not in _AXIS_KEYS:
            continue
        context = sheet.context(literal)
        if not stages.is_production(stages.named(literal.value)) or stages.is_production(context.stage) or context.soft:
            continue
        if context.explicit:
            message = f"a file of {context.stage} declares production"
            yield Draft(literal.at, "ENV_CONFLICT", DENY, message, literal.name, literal.keys)
        elif sheet.is_dotenv:
            message = "a developer's own file declares production"
            yield Draft(literal.at, "ENV_CONFLICT", WARN, message, literal.name, literal.keys)


def override_switch(sheet: Sheet) -> Iterator[Draft]:
    """A switch turns a guard off, or lets a tool into production."""
    for at, name in switches.found(sheet.text, sheet.format.name):
        if not _commented(sheet, at):
            yield Draft(
                at, "OVERRIDE_UNJUSTIFIED", DENY, "a switch turns a guard off, for good and without a reason", name
            )


def committed_grant(sheet: Sheet) -> Iterator[Draft]:
    """A break-glass grant lies in the repository, for everybody who can read it."""
    for at in secrets.grants(sheet.text):
        yield Draft(
            at,
            "OVERRIDE_SCOPE",
            DENY,
            "a grant is for one person and one process, never for a repository",
            "a signed grant",
        )


def live_credential(sheet: Sheet) -> Iterator[Draft]:
    """A live credential lies in the repository."""
    known = sheet.judge.credential if sheet.judge.has_digests else None
    for at, shown in secrets.credentials(sheet.text, known):
        yield Draft(at, "PROD_CREDENTIAL", DENY, "this credential is a live one", shown)


RULES: dict[str, Callable[[Sheet], Iterator[Draft]]] = {
    "production-literal": production_literal,
    "production-token": production_token,
    "production-parameter": production_parameter,
    "stageless-key": stageless_key,
    "default-environment": default_environment,
    "declared-production": declared_production,
    "override-switch": override_switch,
    "committed-grant": committed_grant,
    "live-credential": live_credential,
}
"""The rules for one file. The scanner reads ``RULES`` for every file, so that a test can take one away."""


def masked(piece: Piece) -> str:
    """A piece as it may be shown: hosts without user information, path and query; names as they are."""
    if piece.kind in ("url", "text"):
        return ", ".join(hosts_of(piece.kind, piece.text)) or piece.kind
    return piece.text
