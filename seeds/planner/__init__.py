"""Planning: what a run would do, worked out without touching a database."""

from .plan import Plan, TablePlan, plan_dataset

__all__ = ["Plan", "TablePlan", "plan_dataset"]
