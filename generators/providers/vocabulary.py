"""Plain words and what is put together from them: labels, sentences, names of organisations, files and accounts.

The lists are own work, and name nobody: see ``reference/words/PROVENANCE.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import bounded
from ..reference import table
from .definition import Promise, Rows, generator, parameter
from .draws import text_scalar
from .literals import TEXTS


@lru_cache(maxsize=8)
def word_pool(*kinds: str) -> pa.Array:
    """The plain words of some kinds, in a fixed order."""
    data = table("words/plain")
    return pa.array([word for kind, word in zip(data["kind"], data["word"], strict=True) if kind in kinds])


def drawn(rows: Rows, pool: pa.Array, salt: str) -> pa.Array:
    """One text of a pool a row, all equally likely."""
    return pool.take(pa.array(bounded(rows.bits(salt), len(pool))))


def noun(rows: Rows, salt: str = "noun") -> pa.Array:
    """A plain noun a row."""
    return drawn(rows, word_pool("noun"), salt)


def adjective(rows: Rows, salt: str = "adjective") -> pa.Array:
    """A plain adjective a row."""
    return drawn(rows, word_pool("adjective"), salt)


def number_text(rows: Rows, low: int, high: int, salt: str = "number") -> pa.Array:
    """A whole number between both ends, as text."""
    return pa.array(bounded(rows.bits(salt), high - low + 1) + low).cast(pa.string())


def joined(*parts: pa.Array | str, separator: str = "") -> pa.Array:
    """Texts side by side; a plain string stands on every row."""
    whole = [text_scalar(part) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*whole, text_scalar(separator))


# ----------------------------------------------------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Words:
    min_words: int = parameter("integer", "fewest words", default=2, minimum=1, maximum=1000)
    max_words: int = parameter("integer", "most words", default=6, minimum=1, maximum=1000)
    capital: bool = parameter("flag", "whether the first letter is a capital", default=True)

    def __post_init__(self) -> None:
        if self.max_words < self.min_words:
            raise ValueError(f"max_words {self.max_words} is below min_words {self.min_words}")


@generator("words", output=TEXTS, parameters=Words, examples=({}, {"min_words": 1, "max_words": 1, "capital": False}))
def words(rows: Rows, parameters: Words) -> pa.Array:
    """Plain British English words, in no grammatical order."""
    sizes = bounded(rows.bits("size"), parameters.max_words - parameters.min_words + 1) + parameters.min_words
    pool = word_pool("adjective", "noun")
    wide = np.empty((rows.count, parameters.max_words), dtype=np.int64)
    for place in range(parameters.max_words):
        wide[:, place] = bounded(rows.bits(f"word{place}"), len(pool))
    kept = wide[np.arange(parameters.max_words) < sizes[:, None]]
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    texts = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), pool.take(pa.array(kept))), " ")
    return pc.utf8_capitalize(texts) if parameters.capital else texts


@generator("label", output=TEXTS)
def label(rows: Rows, _: Any) -> pa.Array:
    """Names of two plain words, such as Annual review."""
    return pc.utf8_capitalize(joined(adjective(rows), noun(rows), separator=" "))


@generator("sentence", output=TEXTS)
def sentence(rows: Rows, _: Any) -> pa.Array:
    """Sentences of plain words, such as: The annual review was confirmed before the meeting."""
    verb, preposition = drawn(rows, word_pool("verb"), "verb"), drawn(rows, word_pool("preposition"), "preposition")
    subject = joined("The", adjective(rows), noun(rows), "was", verb, separator=" ")
    return joined(subject, " ", preposition, " the ", noun(rows, "object"), ".")


@generator("slug", output=TEXTS)
def slug(rows: Rows, _: Any) -> pa.Array:
    """Two plain words as they stand in an address, such as annual-review."""
    return joined(adjective(rows), noun(rows), separator="-")


@generator("user_name", output=TEXTS, promise=Promise.NEVER_ISSUED)
def user_name(rows: Rows, _: Any) -> pa.Array:
    """Names of accounts made of two plain words and a number, such as annual_review12, which are nobody's name."""
    return joined(adjective(rows), "_", noun(rows), number_text(rows, 10, 99))


@dataclass(frozen=True, slots=True)
class FileName:
    extension: str = parameter("text", "the extension without its dot; empty draws a common one", default="")


@generator("file_name", output=TEXTS, parameters=FileName, default="extension", examples=({}, {"extension": "pdf"}))
def file_name(rows: Rows, parameters: FileName) -> pa.Array:
    """Names of files, such as annual-review-7.pdf."""
    extension = parameters.extension or code(rows, "extension")
    return joined(adjective(rows), "-", noun(rows), "-", number_text(rows, 1, 99), ".", extension)


# ------------------------------------------------------------------------------------------------ jobs and organisations


@lru_cache(maxsize=4)
def _column(name: str, column: str) -> pa.Array:
    return pa.array(table(name)[column])


@lru_cache(maxsize=4)
def _street_part(part: str) -> pa.Array:
    data = table("places/street_words")
    return pa.array([word for kind, word in zip(data["part"], data["word"], strict=True) if kind == part])


@generator("organisation_name", output=TEXTS, promise=Promise.NEVER_ISSUED)
def organisation_name(rows: Rows, _: Any) -> pa.Array:
    """Invented organisations, such as Fennelbrook Advice Centre."""
    place = joined(drawn(rows, _street_part("stem"), "stem"), drawn(rows, _street_part("ending"), "ending"))
    return joined(place, drawn(rows, _column("words/organisations", "ending"), "kind"), separator=" ")


@generator("job_title", output=TEXTS)
def job_title(rows: Rows, _: Any) -> pa.Array:
    """Titles of jobs that a council and its contractors have."""
    return drawn(rows, _column("words/jobs", "title"), "")


# ----------------------------------------------------------------------------------------------------------- codes


@lru_cache(maxsize=16)
def _codes(kind: str) -> tuple[pa.Array, NDArray[np.int64]]:
    """The codes of a kind, and a slot for each unit of weight."""
    data = table("codes/codes")
    found = [
        (written, int(weight))
        for name, written, weight in zip(data["kind"], data["code"], data["weight"], strict=True) if name == kind
    ]  # fmt: skip
    return pa.array([written for written, _ in found]), np.repeat(
        np.arange(len(found)), [weight for _, weight in found]
    )


def code(rows: Rows, kind: str) -> pa.Array:
    """A code of the kind a row, by its weight."""
    codes, slots = _codes(kind)
    return codes.take(pa.array(slots[bounded(rows.bits("code"), len(slots))]))


@generator("currency_code", output=TEXTS)
def currency_code(rows: Rows, _: Any) -> pa.Array:
    """Currencies by their ISO 4217 code, about half of them GBP."""
    return code(rows, "currency")


@generator("country_code", output=TEXTS)
def country_code(rows: Rows, _: Any) -> pa.Array:
    """Countries by their ISO 3166-1 code of two letters, about half of them GB."""
    return code(rows, "country")


@generator("language_code", output=TEXTS)
def language_code(rows: Rows, _: Any) -> pa.Array:
    """Languages by their ISO 639-1 code, about half of them en."""
    return code(rows, "language")


@generator("time_zone", output=TEXTS)
def time_zone(rows: Rows, _: Any) -> pa.Array:
    """Time zones by their name in the IANA database, about half of them Europe/London."""
    return code(rows, "time_zone")


@generator("locale", output=TEXTS)
def locale(rows: Rows, _: Any) -> pa.Array:
    """Locales such as en_GB."""
    return code(rows, "locale")


@generator("mime_type", output=TEXTS)
def mime_type(rows: Rows, _: Any) -> pa.Array:
    """Media types such as application/pdf."""
    return code(rows, "mime_type")
