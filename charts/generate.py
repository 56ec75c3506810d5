"""`python -m charts.generate`: writes everything of the chart that follows from other files, from the repository root.

crds/ -> charts/modelserver/files/crds/ (the same bytes); charts/dashboards/ -> charts/modelserver/files/dashboards/;
the CRD of classes, charts/values.schema.yaml and the comments of values.yaml -> charts/modelserver/values.schema.json
and docs/values.md; the whole chart -> the two manifests for kubectl in manifests/.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from charts import values_page
from charts.comments import Place, comments
from charts.dashboards.every import DASHBOARDS
from tools.setup.helm import helm

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts" / "modelserver"
NAMESPACE = "modelserver-system"
METRICS_TEMPLATE = "# Source: modelserver/templates/metrics-api.yaml\n"

# The words of a CRD's schema that JSON Schema knows too; the API server checks the rest.
SHARED_WORDS = frozenset(
    {"additionalProperties", "anyOf", "description", "enum", "items", "pattern", "properties", "required", "type"}
    | {"maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum"}
)

INSTALL_HEADER = f"""\
# Generated from the chart by `make generate`: for clusters that are managed without Helm.
#
#   sed 's|registry.example.com/modelserver|YOUR.REGISTRY/modelserver|' manifests/install.yaml \\
#     | kubectl apply --server-side -f -
#
# A later version: first `kubectl -n {NAMESPACE} delete job modelserver-classes`, since Jobs cannot be changed.
#
# What Kubernetes' own autoscaler needs lies in metrics-api.yaml. Before this file is deleted, that one is.
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels: {{pod-security.kubernetes.io/enforce: restricted}}
"""

METRICS_HEADER = f"""\
# Generated from the chart by `make generate`: makes the operator of install.yaml the cluster's custom.metrics.k8s.io,
# by which Kubernetes scales ModelServers. The cluster has that API once, and this file would take it from whoever has
# it: look first. `kubectl get apiservices | grep custom.metrics.k8s.io` has to show nothing, or the Service
# {NAMESPACE}/modelserver-metrics-api alone.
#
#   kubectl apply --server-side -f manifests/metrics-api.yaml
#   kubectl delete -f manifests/metrics-api.yaml           # always before install.yaml or the operator is deleted
#
# APIServices come first here since they have to go first: one whose operator is gone keeps every namespace of the
# cluster from being deleted.
"""


def main() -> None:
    """Writes the files. Raises subprocess.CalledProcessError when Helm refuses the chart."""
    copy_crds()
    for name, dashboard in DASHBOARDS.items():
        (CHART / "files" / "dashboards" / f"{name}.json").write_text(dashboard())
    (CHART / "values.schema.json").write_text(values_schema())
    (ROOT / "docs" / "values.md").write_text(values_table())
    for name, text in manifests().items():
        (ROOT / "manifests" / name).write_text(text)


def copy_crds() -> None:
    """Puts the generated CRDs where Helm can read them: it reads nothing outside the chart."""
    folder = CHART / "files" / "crds"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for crd in sorted((ROOT / "crds").glob("*.yaml")):
        shutil.copyfile(crd, folder / crd.name)


def values_schema() -> str:
    """The schema of the chart's values as JSON text, with descriptions and the spec of a class."""
    schema = _written_schema()
    schema["$defs"]["ClassSpec"] = closed(class_spec())
    described(schema, _told())
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def values_table() -> str:
    """docs/values.md."""
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    return values_page.page(_written_schema(), defaults, _told())


def described(schema: dict[str, Any], told: dict[Place, str], path: Place = ()) -> None:
    """Puts into each field of the schema what is told of it."""
    for name, field in schema.get("properties", {}).items():
        place = (*path, name)
        if place in told:
            field["description"] = told[place]
        described(field, told, place)


def _written_schema() -> dict[str, Any]:
    schema: dict[str, Any] = yaml.safe_load((ROOT / "charts" / "values.schema.yaml").read_text())
    return schema


def _told() -> dict[Place, str]:
    return comments((CHART / "values.yaml").read_text())


def class_spec() -> dict[str, Any]:
    """The OpenAPI schema of a ModelServerClass's spec, as the CRD states it."""
    crds = (yaml.safe_load(path.read_text()) for path in (ROOT / "crds").glob("*.yaml"))
    classes = next(crd for crd in crds if crd["spec"]["names"]["kind"] == "ModelServerClass")
    schema: dict[str, Any] = classes["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return dict(schema["properties"]["spec"])


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema for Helm: what only the API server reads is left out, and unknown fields are refused."""
    kept = dict(_kept(schema))
    if "properties" in kept:
        kept["additionalProperties"] = False
    return kept


def _kept(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for word, value in schema.items():
        if word == "properties":
            yield word, {name: closed(field) for name, field in value.items()}
        elif word in {"items", "additionalProperties"}:
            yield word, closed(value)
        elif word == "anyOf":
            yield word, [closed(choice) for choice in value]
        elif word in SHARED_WORDS:
            yield word, value


def manifests() -> dict[str, str]:
    """The chart as files for kubectl, by their names, with the namespace that Helm would be asked to create.

    What takes custom.metrics.k8s.io is a file of its own: kubectl does not look who has it.
    """
    command = [str(helm()), "template", "modelserver", str(CHART), f"--namespace={NAMESPACE}"]
    rendered = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    documents = [each.rstrip() + "\n" for each in re.split("^---\n", rendered, flags=re.MULTILINE)[1:]]
    metrics = [document for document in documents if document.startswith(METRICS_TEMPLATE)]
    rest = [document for document in documents if document not in metrics]
    return {
        "install.yaml": "---\n".join([INSTALL_HEADER, *rest]),
        "metrics-api.yaml": "---\n".join([METRICS_HEADER, *reversed(metrics)]),
    }


if __name__ == "__main__":
    main()
