"""A Kubernetes ConfigMap, for ``envFrom``."""

from __future__ import annotations

from ..errors import BookRefused
from .refusing import refuse_broken_text, refuse_nul, refuse_object_name
from .sheet import Sheet
from .yaml_text import quoted

SUFFIX = ".configmap.yaml"
DESCRIPTION = "a ConfigMap for envFrom"

_LIMIT = 1_048_576  # bytes of data in one ConfigMap: kubernetes.io/docs/concepts/configuration/configmap


def render(sheet: Sheet) -> str:
    """The sheet as a ConfigMap."""
    refuse_object_name(sheet.name, "k8s")
    for name, value in sheet.variables.items():
        refuse_nul(name, value, "k8s")
        refuse_broken_text(name, value, "k8s")
    _refuse_excess(sheet)
    lines = [f"# {line}" for line in sheet.heading]
    lines += ["apiVersion: v1", "kind: ConfigMap", "metadata:", f"  name: {quoted(sheet.name)}", "  annotations:"]
    lines += [f"    env-config/environment: {quoted(sheet.environment)}", "data:" + ("" if sheet.variables else " {}")]
    lines += [f"  {quoted(name)}: {quoted(value)}" for name, value in sheet.variables.items()]
    return "\n".join(lines) + "\n"


def _refuse_excess(sheet: Sheet) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in sheet.variables.items())
    if size > _LIMIT:
        raise BookRefused(
            f"{size} bytes do not fit into one ConfigMap, which holds {_LIMIT}",
            code="BOOK_INVALID",
            rule="export-size",
            hint="export the services that one workload needs: --service NAME",
        )
