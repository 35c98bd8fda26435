"""What a column means: a generator for it, how personal it is, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generators.spec import GeneratorSpec


class Category(StrEnum):
    """Kinds of personal data, as an inventory for data protection tells them apart."""

    NONE = "none"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    CONTACT = "contact"
    ADDRESS = "address"
    LOCATION = "location"
    PROPERTY = "property"
    GOVERNMENT_IDENTIFIER = "government_identifier"
    REFERENCE_TO_PERSON = "reference_to_person"
    FINANCIAL = "financial"
    HEALTH = "health"
    SPECIAL_CATEGORY = "special_category"
    ONLINE = "online"
    CREDENTIAL = "credential"
    FREE_TEXT = "free_text"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column is taken to hold.

    Attributes:
        generator: makes a value of the column, or one element of it where it is an array; None where the column's
            type says as much.
        category: of personal data.
        score: how sure this is, from 0 to 1.
        reason: in words, for plans and inventories.
        null_share: of a nullable column's rows.
        moment: what happens at a date or time: ``created``, ``updated``, ``deleted``, ``started``, ``ended``,
            ``due``, ``expires``, ``born`` or nothing, so that the moments of a row can be put in order.
    """

    generator: GeneratorSpec | None = None
    category: Category = Category.NONE
    score: float = 0.0
    reason: str = "its name says nothing of what it holds"
    null_share: float = 0.1
    moment: str = ""
