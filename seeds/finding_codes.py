"""Every code that a finding can have: what it means, and what a person can do about it.

Findings themselves say what happened where; this is what stays the same between them. The reference page is made from
it, and a test compares it with the codes that the source uses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FindingCode:
    """What findings of one code have in common."""

    code: str
    meaning: str
    remedy: str


FINDING_CODES: tuple[FindingCode, ...] = (
    FindingCode(
        "CHECK_CONTRADICTION",
        "No row can satisfy the constraints named, whoever inserts it.",
        "Correct the constraints, or leave the table out with `--exclude`.",
    ),
    FindingCode(
        "CHECK_LEFT_TO_DATABASE",
        "A constraint, or part of one, was not understood. The database judges the rows, and refused ones are drawn again.",
        "Nothing, if the table is filled. Else give the columns that the constraint reads a generator.",
    ),
    FindingCode(
        "COLUMN_IMPOSSIBLE",
        "Nothing makes values that the column's type and constraints allow together.",
        "Give the column a generator in a dataset file, or a default in the database.",
    ),
    FindingCode(
        "DEFERRED_LEFT_NULL",
        "References that had to wait for the rows they lead to could not be put in afterwards, and stay empty.",
        "Give the columns a generator in a dataset file, or see to what the message says.",
    ),
    FindingCode(
        "KEY_LEFT_TO_DATABASE",
        "Nothing in a unique key can be made distinct beforehand. The database refuses repeats, and they are drawn again.",
        "Nothing, if the table is filled. Else give one of the columns a generator whose values are distinct.",
    ),
    FindingCode(
        "NO_PRIMARY_KEY",
        "A table of a dataset file has no primary key, so its rows cannot be told from others' and reset refuses it.",
        "Add `primary_key` to the table in the dataset file.",
    ),
    FindingCode(
        "PARTITION_CREATED",
        "A partitioned table lacked partitions for its rows, and `--create-partitions` makes them.",
        "Nothing. A reset leaves them in place; drop them by hand if they are in the way.",
    ),
    FindingCode(
        "PARTITION_NONE",
        "A partitioned table has no partition for its rows, or none for some of them.",
        "Run again with `--create-partitions`, or run the DDL in the hint.",
    ),
    FindingCode(
        "PARTITION_REFUSED",
        "The database would not let this login make the partitions.",
        "Have somebody who may do so run the DDL in the hint.",
    ),
    FindingCode(
        "PER_ROW_GENERATOR",
        "A generator is called once for each row, which is slow.",
        "Draw from a pool: leave out `per_row`.",
    ),
    FindingCode(
        "RELATION_INFERRED",
        "No foreign key says so, but names, types and keys say that the columns refer to another table: they are joined.",
        "Deny or correct it under `references` in a dataset file, if it is wrong.",
    ),
    FindingCode(
        "RELATION_POSSIBLE",
        "The columns may refer to another table, but not surely enough to be joined.",
        "Confirm it under `references` in a dataset file, if it is right.",
    ),
    FindingCode(
        "RELATION_TYPES",
        "A reference joins columns whose types cannot be converted, so it is not followed.",
        "Correct the types, or the reference in the dataset file.",
    ),
    FindingCode(
        "RESET_IN_USE",
        "Rows of others refer to rows of ours, so ours stay, and what they need.",
        "Delete those rows or let them refer to others, then run the same command again.",
    ),
    FindingCode(
        "RESET_NEEDED",
        "Rows stay because rows that stay refer to them.",
        "See the findings of those others.",
    ),
    FindingCode(
        "RESET_REFUSED",
        "The database would not let the rows go, for a reason that the message repeats.",
        "See to what it says, then run the same command again.",
    ),
    FindingCode(
        "RESET_ROWS_ABSENT",
        "Some of the rows had been deleted before.",
        "Nothing.",
    ),
    FindingCode(
        "RESET_ROWS_STAY",
        "Rows stay that triggers, or others, have written since.",
        "Nothing, or delete them by hand.",
    ),
    FindingCode(
        "RESET_SCHEMA_CHANGED",
        "The table has changed since, and its rows are not there under the keys that are made for it today.",
        "Delete them by hand, then run the same command again.",
    ),
    FindingCode(
        "RESET_TABLE_GONE",
        "The table is not there any more, nor are its rows.",
        "Nothing.",
    ),
    FindingCode(
        "RESET_UNKNOWN_ROWS",
        "The table has changed so much that its rows cannot be told from others'.",
        "Delete them by hand, then run the same command again.",
    ),
    FindingCode(
        "ROWS_CAPPED",
        "The table's constraints leave room for fewer rows than were asked for; as many as fit are there.",
        "Nothing, or ask for more rows in the tables it refers to. Exit codes take such a table as filled.",
    ),
    FindingCode(
        "ROWS_FROM_TRIGGERS",
        "Triggers of other tables have put rows in, and their keys leave no room for more.",
        "Nothing. These rows are the triggers', so a reset leaves them to their foreign keys and triggers.",
    ),
    FindingCode(
        "ROWS_IMPOSSIBLE",
        "A generator failed while rows were being made. None of the table's rows was kept.",
        "See its message; mostly a generator chosen in a dataset file does not fit the column or the number of rows.",
    ),
    FindingCode(
        "ROWS_REFUSED_CHECK",
        "Rows broke a CHECK constraint or a domain in every round of redrawing.",
        "Give the columns that it reads a generator in a dataset file.",
    ),
    FindingCode(
        "ROWS_REFUSED_DEFAULT",
        "A column's default cannot be evaluated, such as one that reads a setting nobody made.",
        "Make the setting under `session` in a dataset file, or give the column a generator.",
    ),
    FindingCode(
        "ROWS_REFUSED_EXCLUSION",
        "Rows conflict with others under an exclusion constraint.",
        "Ask for fewer rows, or give its columns generators that keep rows apart.",
    ),
    FindingCode(
        "ROWS_REFUSED_FOREIGN_KEY",
        "A foreign key found no row to refer to, or the database cannot take a cycle of keys that are never null.",
        "See the findings of the table it refers to.",
    ),
    FindingCode(
        "ROWS_REFUSED_GENERATED",
        "The database computes the column itself, and takes no value for it.",
        "Take the column out of the dataset file.",
    ),
    FindingCode(
        "ROWS_REFUSED_LENGTH",
        "A value is longer than its column holds.",
        "Give the column a generator that keeps to its length.",
    ),
    FindingCode(
        "ROWS_REFUSED_NOT_NULL",
        "A column that may not be empty stayed empty, for instance because a trigger empties it.",
        "Give the column a generator in a dataset file.",
    ),
    FindingCode(
        "ROWS_REFUSED_OTHER",
        "The database refused the rows for a reason of its own, which the message repeats.",
        "See to what the message says, or leave the table out with `--exclude`.",
    ),
    FindingCode(
        "ROWS_REFUSED_PARTITION",
        "Rows found no partition.",
        "Run again with `--create-partitions`, or give the partition key a generator.",
    ),
    FindingCode(
        "ROWS_REFUSED_PERMISSION",
        "This login may not do something that an insert needs, such as call a function or draw from a sequence.",
        "Grant it, or fill with another login.",
    ),
    FindingCode(
        "ROWS_REFUSED_RANGE",
        "A value lies outside what its column's type holds.",
        "Give the column a generator that keeps to its range.",
    ),
    FindingCode(
        "ROWS_REFUSED_ROW_SECURITY",
        "A policy of row level security refused the rows.",
        "Fill with a role that policies do not concern, or make the settings they read under `session`.",
    ),
    FindingCode(
        "ROWS_REFUSED_TRIGGER",
        "A trigger raised an error in every round of redrawing.",
        "Read what it says: give the columns it reads a generator, or make the settings it reads under `session`.",
    ),
    FindingCode(
        "ROWS_REFUSED_TYPE",
        "A value is not one of its column's type.",
        "Give the column a generator that makes such values.",
    ),
    FindingCode(
        "ROWS_REFUSED_UNIQUE",
        "Rows repeated a unique key in every round of redrawing.",
        "Ask for fewer rows, or give one of its columns a generator whose values are distinct.",
    ),
    FindingCode(
        "SESSION_SETTING",
        "A setting that defaults or triggers read was made for the loading session.",
        "Nothing, or give it another value under `session` in a dataset file.",
    ),
    FindingCode(
        "TABLE_BLOCKED",
        "The table needs a row of another table that gets none.",
        "See the findings of that other table.",
    ),
    FindingCode(
        "TABLE_FOREIGN",
        "A foreign table: its rows live on another server.",
        "Fill it there.",
    ),
    FindingCode(
        "TABLE_HISTORY",
        "A migration tool notes here what it has done: with one row too many, a service may no longer start.",
        "Nothing: its rows are the service's own.",
    ),
    FindingCode(
        "TABLE_READ_ONLY",
        "This login may not insert into the table.",
        "Run the GRANT in the hint as the table's owner.",
    ),
)
