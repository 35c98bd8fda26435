"""MLflow as its users have it, run in its own environment: its client creates the tables, or lists what is there."""

from __future__ import annotations

import json
import sys

from mlflow import MlflowClient
from mlflow.entities import ViewType


def listed(client: MlflowClient) -> dict[str, list[str]]:
    """Every experiment, and every run of each with its parameters and metrics, through the public client."""
    experiments = [one.experiment_id for one in client.search_experiments(view_type=ViewType.ALL)]
    runs = client.search_runs(experiments, run_view_type=ViewType.ALL, max_results=1000)
    return {
        "experiments": experiments,
        "runs": [run.info.run_id for run in runs],
        "runs_of": [run.info.experiment_id for run in runs],
        "parameters": [name for run in runs for name in run.data.params],
        "metrics": [name for run in runs for name in run.data.metrics],
    }


def main(action: str, address: str) -> None:
    """The first use of an address creates the tables, as it does for everybody."""
    found = listed(MlflowClient(tracking_uri=address, registry_uri=address))
    if action == "list":
        print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
