"""Apache Airflow as its users have it, run in its own environment: creates its tables, or lists its DAG runs."""

from __future__ import annotations

import json
import os
import sys


def create() -> None:
    """Does what `airflow db migrate` does."""
    from airflow.utils.db import initdb

    initdb()


def listed() -> dict[str, list[str]]:
    """Reads every DAG, DAG run, task instance and pool through Airflow's own models.

    A column is left unread where only Airflow's code says what it takes: names of its enumerations, pickles, and JSON
    in an encoding of its own. The database declares those as any text, any bytes and any JSON.
    """
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.models.pool import Pool
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from airflow.utils.sqlalchemy import ExtendedJSON
    from sqlalchemy import Enum, PickleType, inspect, select

    found: dict[str, list[str]] = {}
    with create_session() as session:
        for kind, model, key in (
            ("dags", DagModel, "dag_id"),
            ("dag_runs", DagRun, "run_id"),
            ("task_instances", TaskInstance, "id"),
            ("pools", Pool, "pool"),
        ):
            read = [
                getattr(model, attribute.key)
                for attribute in inspect(model).column_attrs
                if not isinstance(attribute.columns[0].type, (Enum, PickleType, ExtendedJSON))
            ]
            found[kind] = [str(getattr(row, key)) for row in session.execute(select(*read))]
        of_known_dags = select(DagRun.run_id).join(DagModel, DagModel.dag_id == DagRun.dag_id)
        found["runs_of_known_dags"] = list(session.scalars(of_known_dags))
    return found


def main(action: str, address: str) -> None:
    """Airflow reads its settings when it is imported, so they come first."""
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = address
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS"] = "False"
    if action == "create":
        create()
    else:
        print(json.dumps(listed()))


if __name__ == "__main__":
    main(*sys.argv[1:])
