"""Planning what to put into a database that exists: every table, every constraint, no configuration."""

from .compose import plan_filling
from .plan import ColumnChoice, FillColumn, FillPlan, FillRequest, FillTable, Relation, Step, TableChoice
from .triggers import is_copied
from .writing import dataset_text

__all__ = [
    "ColumnChoice",
    "FillColumn",
    "FillPlan",
    "FillRequest",
    "FillTable",
    "Relation",
    "Step",
    "TableChoice",
    "dataset_text",
    "is_copied",
    "plan_filling",
]
