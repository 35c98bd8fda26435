"""The borough hangs together: checked in Python from what the engine makes, independently of the dataset's SQL rules."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from generators import Run, generate
from tests.seeds.boroughs import borough

Row = dict[str, Any]
DAY = borough().spec.as_of
RESIDENTS = 3000
LONDON_MOBILES = re.compile(r"07700 ?900\d{3}")
LONDON_LANDLINES = re.compile(r"020 ?7946 ?0\d{3}")
RESERVED = re.compile(r"(^|\.)example\.(com|net|org)$|\.(test|example|invalid|localhost)$")


@cache
def rows(units: int = RESIDENTS, as_of: date = DAY, seed: int = 11) -> dict[str, list[Row]]:
    """Every row by table."""
    found: dict[str, list[Row]] = defaultdict(list)
    for item in generate(Run(borough(), seed, units, as_of, DAY)):
        found[item.table].extend(item.batch.to_pylist())
    return dict(found)


def by_id(table: str) -> dict[int, Row]:
    return {row["id"]: row for row in rows()[table]}


def grouped(table: str, column: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows()[table]:
        found[row[column]].append(row)
    return found


def age(born: date, on: date) -> int:
    """Completed years, as a birthday counts them."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@pytest.mark.parametrize("units", [100, 1000, RESIDENTS])
def test_residents_come_out_exactly(units: int) -> None:
    """A multiple of 100 residents is made exactly, since a neighbourhood holds 100."""
    assert len(rows(units)["person"]) == units


@pytest.mark.parametrize("units", [1, 55, 199, 250])
def test_no_household_is_cut_in_two(units: int) -> None:
    """Other sizes are rounded up to whole households: at least as many residents, and no more than one household."""
    made = rows(units)
    people = len(made["person"])
    assert units <= people < units + max(row["size"] for row in made["household"])
    assert people == sum(row["size"] for row in made["household"])


def test_a_resident_has_about_twenty_rows() -> None:
    """Over all tables, eighteen to twenty-one."""
    assert 18 <= sum(map(len, rows().values())) / RESIDENTS <= 21
    assert len(rows()) == 10


def test_every_reference_leads_somewhere() -> None:
    """The value of each foreign key stands in the column it names."""
    for table in borough().stored:
        for key in table.foreign_keys:
            known = {row[key.target] for row in rows()[key.table]}
            assert {row[key.column] for row in rows()[table.name]} - {None} <= known, (table.name, key.column)


def test_what_must_be_unique_is() -> None:
    """Keys and everything the dataset calls unique, nulls aside."""
    for table in borough().stored:
        for columns in (table.primary_key, *(unique.columns for unique in table.unique)):
            values = [tuple(row[name] for name in columns) for row in rows()[table.name]]
            whole = [value for value in values if None not in value]
            assert len(set(whole)) == len(whole), (table.name, columns)


def test_a_household_is_its_people_at_one_address() -> None:
    """Its size counts them, their positions run from 0, one is the head, and nobody shares its address."""
    people = grouped("person", "household_id")
    addresses = [row["address_id"] for row in rows()["household"]]
    assert len(set(addresses)) == len(addresses)
    for household in rows()["household"]:
        members = people[household["id"]]
        assert len(members) == household["size"]
        assert sorted(member["position"] for member in members) == list(range(len(members)))
        assert [member["position"] for member in members if member["role"] == "head"] == [0]
        roles = Counter(member["role"] for member in members)
        assert roles["partner"] == (household["composition"] in ("couple", "couple_children"))
        assert bool(roles["child"]) == (household["composition"] in ("couple_children", "lone_parent"))


def test_flats_stand_in_a_block_of_their_street() -> None:
    """A flat has the UPRN of a shell beside it and a flat's name; a house has a number and neither."""
    shells = {row["uprn"]: row for row in rows()["address"] if row["property_class"] == "PP"}
    for row in rows()["address"]:
        is_flat = row["property_class"].strip() == "RD06"
        assert (row["parent_uprn"] is not None) == (row["unit_name"] is not None) == is_flat
        if is_flat:
            shell = shells[row["parent_uprn"]]
            assert all(shell[name] == row[name] for name in ("street", "postcode", "ward", "building_name"))
    homes = {row["id"] for row in rows()["address"] if row["property_class"] == "PP"}
    assert not homes & {row["address_id"] for row in rows()["household"]}


def test_children_are_twelve_to_fifty_five_years_younger() -> None:
    """By birthdays, against each parent on record; a partner and the head are of age."""
    people, pairs = by_id("person"), 0
    for relation in rows()["person_relationship"]:
        if relation["relationship"] == "parent":
            parent, child = people[relation["person_id"]], people[relation["related_person_id"]]
            assert 12 <= age(parent["date_of_birth"], child["date_of_birth"]) <= 55
            pairs += 1
    assert pairs > 500
    for person in rows()["person"]:
        assert person["date_of_birth"] <= DAY
        assert person["role"] == "child" or age(person["date_of_birth"], DAY) >= 18


def test_relationships_are_mutual() -> None:
    """Each has its inverse and stays in the household; everyone in a family is related to everyone else, once."""
    inverse = {"parent": "child", "child": "parent", "partner": "partner", "sibling": "sibling"}
    people = by_id("person")
    found = {(r["person_id"], r["related_person_id"]): r["relationship"] for r in rows()["person_relationship"]}
    assert len(found) == len(rows()["person_relationship"])
    for (one, other), relationship in found.items():
        assert found[other, one] == inverse[relationship]
        assert people[one]["household_id"] == people[other]["household_id"]
    expected = sum(row["size"] * (row["size"] - 1) for row in rows()["household"] if row["composition"] != "sharers")
    assert len(found) == expected


def test_contacts_are_reachable_one_way_of_each_kind_first() -> None:
    """One preferred contact of each type a person has, recorded after their eighteenth birthday and before today."""
    people = by_id("person")
    for person_id, contacts in grouped("contact_detail", "person_id").items():
        born = people[person_id]["date_of_birth"]
        preferred = Counter(contact["contact_type"] for contact in contacts if contact["is_preferred"])
        assert preferred == dict.fromkeys({contact["contact_type"] for contact in contacts}, 1)
        for contact in contacts:
            assert age(born, contact["recorded_on"]) >= 18
            assert contact["recorded_on"] <= DAY


def test_a_household_has_one_current_tenure() -> None:
    """At its address, since the day it moved in; one before it ended the day before the current one began."""
    tenures = grouped("tenure", "household_id")
    for household in rows()["household"]:
        own = sorted(tenures[household["id"]], key=lambda tenure: tenure["start_date"])
        assert [tenure["is_current"] for tenure in own] == [False] * (len(own) - 1) + [True]
        assert own[-1]["end_date"] is None
        assert own[0]["start_date"] == household["moved_in"] <= DAY
        assert {tenure["address_id"] for tenure in own} == {household["address_id"]}
        for earlier, later in itertools.pairwise(own):
            assert earlier["end_date"] + timedelta(days=1) == later["start_date"]


def test_nobody_signs_under_eighteen() -> None:
    """Whoever is responsible for a tenure lives in its household and was of age when it began."""
    people, tenures = by_id("person"), by_id("tenure")
    signed = Counter()
    for member in rows()["tenure_member"]:
        person, tenure = people[member["person_id"]], tenures[member["tenure_id"]]
        assert person["household_id"] == tenure["household_id"]
        if member["is_responsible"]:
            signed[member["tenure_id"]] += 1
            assert age(person["date_of_birth"], tenure["start_date"]) >= 18
    assert set(signed) == set(tenures)


def test_a_balance_is_the_sum_of_its_ledger() -> None:
    """To the penny, in decimals; every account has an opening entry, first, and no entry outside its tenancy."""
    ledgers, tenures = grouped("rent_transaction", "rent_account_id"), by_id("tenure")
    assert len(rows()["rent_account"]) > 100
    for account in rows()["rent_account"]:
        entries, tenure = ledgers[account["id"]], tenures[account["tenure_id"]]
        assert account["balance"] == sum((entry["amount"] for entry in entries), Decimal(0))
        opening = [entry for entry in entries if entry["transaction_type"] == "BALANCE"]
        assert len(opening) == 1
        assert opening[0]["transaction_date"] == min(entry["transaction_date"] for entry in entries)
        for entry in entries:
            assert tenure["start_date"] <= entry["transaction_date"] <= DAY
        assert opening[0]["transaction_date"] >= DAY - timedelta(days=371)


def test_rent_is_charged_every_week() -> None:
    """On each Monday from the first after the ledger opens to today, the account's rent, and its service charge."""
    ledgers = grouped("rent_transaction", "rent_account_id")
    for account in rows()["rent_account"]:
        charges = [entry for entry in ledgers[account["id"]] if entry["transaction_type"] == "CHARGE"]
        rents = sorted(entry["transaction_date"] for entry in charges if entry["code"] == "DBR")
        assert all(day.weekday() == 0 for day in rents)
        assert all(later - earlier == timedelta(days=7) for earlier, later in itertools.pairwise(rents))
        if rents:
            assert DAY - rents[-1] < timedelta(days=7)
        amounts = {(entry["code"], entry["amount"]) for entry in charges}
        assert amounts <= {("DBR", account["weekly_rent"]), ("DSC", account["weekly_service_charge"])}
        assert all(entry["amount"] <= 0 for entry in ledgers[account["id"]] if entry["transaction_type"] == "PAYMENT")


def test_council_tax_is_ninths_of_the_standard_charge() -> None:
    """One account for each household, paid by somebody in it, a quarter off for whoever is the only adult."""
    ninths = dict(zip("ABCDEFGH", (6, 7, 8, 9, 11, 13, 15, 18), strict=True))
    people, members = by_id("person"), grouped("person", "household_id")
    accounts = {row["household_id"]: row for row in rows()["council_tax_account"]}
    assert set(accounts) == set(by_id("household"))
    standard = next(row["annual_charge"] for row in accounts.values() if row["band"] == "D" and not row["discount"])
    for household, account in accounts.items():
        assert people[account["liable_person_id"]]["household_id"] == household
        adults = sum(age(person["date_of_birth"], DAY) >= 18 for person in members[household])
        assert (account["discount"] is not None) == (adults == 1)
        due = standard * ninths[account["band"]] / 9 * (Decimal("0.75") if adults == 1 else 1)
        assert abs(account["annual_charge"] - due) <= Decimal("0.01")


# ------------------------------------------------------------------------------------------------------- identifiers


def test_nhs_numbers_are_from_the_range_nobody_is_given() -> None:
    """Ten digits from 999, with the check digit that the NHS Data Dictionary's modulus 11 gives."""
    found = [row["nhs_number"] for row in rows()["person"] if row["nhs_number"]]
    assert 0.75 < len(found) / RESIDENTS < 0.85
    for number in found:
        assert re.fullmatch(r"999\d{7}", number)
        check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
        assert check != 10
        assert int(number[-1]) == check % 11


def test_national_insurance_numbers_cannot_be_issued() -> None:
    """A prefix that is never used, for everybody of sixteen and nobody younger."""
    for row in rows()["person"]:
        assert (row["ni_number"] is not None) == (age(row["date_of_birth"], DAY) >= 16)
        assert row["ni_number"] is None or re.fullmatch(r"(QQ|ZZ)\d{6}[A-D]", row["ni_number"])


def test_uprns_are_outside_what_is_allocated() -> None:
    """Twelve digits from 999."""
    assert all(re.fullmatch(r"999\d{9}", str(row["uprn"])) for row in rows()["address"])


def test_telephone_numbers_are_for_drama() -> None:
    """Mobiles and landlines come from Ofcom's ranges for films and books."""
    kinds = grouped("contact_detail", "contact_type")
    assert set(kinds) == {"mobile", "email", "home"}
    assert all(LONDON_MOBILES.fullmatch(row["value"]) for row in kinds["mobile"])
    assert all(LONDON_LANDLINES.fullmatch(row["value"]) for row in kinds["home"])
    assert all(LONDON_MOBILES.fullmatch(row["mobile"]) for row in rows()["person"] if row["mobile"])


def test_mail_goes_nowhere() -> None:
    """Each address is in a domain that RFC 2606 or RFC 6761 reserves."""
    found = [row["email"] for row in rows()["person"] if row["email"]]
    found += [row["value"] for row in grouped("contact_detail", "contact_type")["email"]]
    assert len(found) > RESIDENTS
    for address in found:
        name, at, domain = address.partition("@")
        assert name
        assert at
        assert RESERVED.search(domain), address


def test_postcodes_cannot_be_issued() -> None:
    """The inward part holds a letter that Royal Mail does not use there: C, I, K, M, O or V."""
    for row in rows()["address"]:
        outward, inward = row["postcode"].split(" ")
        assert re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?", outward)
        assert re.fullmatch(r"\d[A-Z]{2}", inward)
        assert re.search("[CIKMOV]", inward[1:]), row["postcode"]


# -------------------------------------------------------------------------------------------------------------- time


def test_time_adds_to_the_ledger_and_changes_nothing_else() -> None:
    """A later reference date with the same epoch: more transactions, new balances, and every other value as it was."""
    now, then = rows(500), rows(500, DAY + timedelta(weeks=6))
    for table in borough().stored:
        before = {row["id"]: row for row in now[table.name]}
        after = {row["id"]: row for row in then[table.name]}
        if table.name == "rent_transaction":
            added = [row for key, row in after.items() if key not in before]
            assert len(added) > len(now["rent_account"]) * 6
            assert {key: after.get(key) for key in before} == before
            assert all(DAY - timedelta(days=7) < row["transaction_date"] <= DAY + timedelta(weeks=6) for row in added)
            assert sum(row["transaction_date"] <= DAY for row in added) == 0
        elif table.name == "rent_account":
            assert before.keys() == after.keys()
            for key, row in before.items():
                assert {**after[key], "balance": row["balance"]} == row
            assert any(after[key]["balance"] != row["balance"] for key, row in before.items())
        else:
            assert after == before, table.name


def test_another_seed_is_another_borough() -> None:
    """With the same shape: residents, but hardly one row the same."""
    one, other = rows(100)["person"], rows(100, seed=12)["person"]
    assert len(one) == len(other)
    assert sum(a["given_name"] == b["given_name"] for a, b in zip(one, other, strict=True)) < 20
    assert not {row["nhs_number"] for row in one} & {row["nhs_number"] for row in other} - {None}
