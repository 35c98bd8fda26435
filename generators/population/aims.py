"""What the whole borough is fitted to, in the order of the pool's borough features; not a number where nothing is known."""

from __future__ import annotations

import numpy as np

from ..reference import table
from .dice import F64
from .sources import area_table, borough_table, codes, male_shares, share_of, single_years


def borough_targets() -> F64:
    """Counts of residents and households; a country or a marital status without a figure of its own is left free."""
    residents = area_table("age_by_lsoa").counts.sum()
    households = area_table("tenure_by_lsoa").counts.sum()
    single = single_years()
    bands = area_table("age_by_lsoa").counts.sum(axis=0)
    return np.concatenate(
        [
            single * residents / single.sum(),
            male_shares() * bands,
            _ethnic(residents),
            _countries(residents),
            _marital(),
            np.array(list(share_of("size").values())) * households,
            _broad() * households,
        ]
    )


def _ethnic(residents: float) -> F64:
    shares = share_of("ethnic")
    return np.array([shares[label] for label in table("population/odds/ethnic")["label"]]) * residents


def _countries(residents: float) -> F64:
    counts, aims = borough_table("birth_country"), np.full(len(codes("countries")), np.nan)
    for place, name in enumerate(table("population/odds/countries")["published"]):
        if name:
            aims[place] = counts[name]
    aims[codes("countries").index("uk")] = residents * share_of("birth")["Born in the UK"]
    return aims


def _marital() -> F64:
    adults = area_table("nssec_by_lsoa").counts.sum()
    known = borough_table("marital")
    single, divorced = (known[name] / 100 * adults for name in ("Never married", "Divorced"))
    rest = adults - single - divorced - known["Opposite sex"] - known["Same sex"]
    return np.array([single, known["Opposite sex"], known["Same sex"], rest * 0.5, divorced, rest * 0.5])


def _broad() -> F64:
    shares = share_of("composition")
    return np.array(
        [shares[f"{name}"] for name in ("One-person household", "Single family household", "Other household types")]
    )
