"""Values: what the schema lets through, and that a bad one is named before anything is installed."""

import json
from typing import Any

import pytest
import yaml
from tests.chart.chart import CHART, Helm, HelmError

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())

# Values, the place that the message names, and a word of the reason.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"imagee": {}}, "imagee", "not allowed"),
    ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy", "IfNotPresent"),
    ({"image": {"repository": "Registry/Operator:1"}}, "/image/repository", "pattern"),
    ({"image": {"tag": 0.1}}, "/image/tag", "want string"),
    ({"image": {"digest": "latest"}}, "/image/digest", "pattern"),
    ({"image": {"pullSecrets": ["registry"]}}, "/image/pullSecrets/0", "want object"),
    ({"operator": {"workers": 0}}, "/operator/workers", "minimum"),
    ({"operator": {"workers": "four"}}, "/operator/workers", "want integer"),
    ({"operator": {"resyncSeconds": 1}}, "/operator/resyncSeconds", "minimum"),
    ({"operator": {"logLevel": "LOUD"}}, "/operator/logLevel", "WARNING"),
    ({"operator": {"logFormat": "xml"}}, "/operator/logFormat", "json"),
    ({"operator": {"resources": {"limits": {"memory": "much"}}}}, "/operator/resources/limits/memory", "pattern"),
    ({"operator": {"nodeSelector": {"gpu": True}}}, "/operator/nodeSelector/gpu", "want string"),
    ({"operator": {"replicas": 3}}, "/operator/replicas", "maximum"),
    ({"operator": {"replicas": 0}}, "/operator/replicas", "minimum"),
    ({"operator": {"namespaces": ["Team"]}}, "/operator/namespaces/0", "pattern"),
    ({"operator": {"namespaces": ["a", "a"]}}, "/operator/namespaces", "equal"),
    ({"operator": {"monitoringNamespaces": "prom"}}, "/operator/monitoringNamespaces", "want array"),
    ({"monitoring": {"serviceMonitor": True}}, "/monitoring/serviceMonitor", "want object"),
    ({"monitoring": {"serviceMonitor": {"labels": {"a": 1}}}}, "/monitoring/serviceMonitor/labels/a", "want string"),
    ({"monitoring": {"alerts": {}}}, "/monitoring", "alerts"),
    ({"autoscaling": {"builtIn": {"enabled": "Auto"}}}, "/autoscaling/builtIn/enabled", "want boolean"),
    ({"autoscaling": {"builtIn": {"port": 443}}}, "/autoscaling/builtIn/port", "minimum"),
    ({"autoscaling": {"builtIn": {"port": 8080}}}, "autoscaling.builtIn.port", "probes and metrics"),
    ({"autoscaling": {"keda": {"prometheusUrl": "prometheus:9090"}}}, "/autoscaling/keda/prometheusUrl", "pattern"),
    ({"autoscaling": {"prometheusAdapter": {"ruleNamespace": "A"}}}, "/prometheusAdapter/ruleNamespace", "pattern"),
    ({"autoscaling": {"prometheusAdapter": {"rule": True}}}, "/autoscaling/prometheusAdapter", "rule"),
    ({"userRoles": {"enabled": "yes"}}, "/userRoles/enabled", "want boolean"),
    ({"crds": {"keep": "maybe"}}, "/crds/keep", "want boolean"),
    ({"crds": {"install": True}}, "/crds", "install"),
    ({"defaultClass": "big"}, "defaultClass", "cpu, nvidia"),
    ({"classes": {"default": {"image": "r.example.com/i:1", "device": "Cpu"}}}, "classes.default", "defaultClass"),
    ({"classes": {"Big": {"image": "r.example.com/i:1", "device": "Cpu"}}}, "/classes", "Big"),
    ({"classes": {"big": {"device": "Cpu"}}}, "/classes/big", "image"),
    ({"classes": {"cpu": {"device": "Tpu"}}}, "/classes/cpu/device", "Cuda"),
    ({"classes": {"cpu": {"imag": "r.example.com/i:1"}}}, "/classes/cpu", "imag"),
    ({"classes": {"cpu": {"resources": {"memory": "lots"}}}}, "/classes/cpu/resources/memory", "pattern"),
    ({"classes": {"cpu": {"environment": [{"name": "A B"}]}}}, "/classes/cpu/environment/0/name", "pattern"),
    ({"classes": {"cpu": {"volumes": [{"hostPath": {"path": "/"}}]}}}, "/classes/cpu/volumes/0", "hostPath"),
]

ACCEPTED: list[dict[str, Any]] = [
    {},
    {"image": {"digest": "sha256:" + "0" * 64, "pullSecrets": [{"name": "registry"}]}},
    {
        "operator": {
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"operator": "Exists"}],
            "podLabels": {"team": "a"},
        }
    },
    {"crds": {"enabled": False}},
    {"operator": {"replicas": 2, "namespaces": ["a", "b"], "monitoringNamespaces": ["prom"]}},
    {"monitoring": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True, "labels": {"a": "b"}}}},
    {"userRoles": {"enabled": False, "classReaders": []}},
    {"autoscaling": {"builtIn": {"port": 8443}, "keda": {"prometheusUrl": "https://prometheus.monitoring.svc:9090"}}},
    {"autoscaling": {"builtIn": {"enabled": False}, "prometheusAdapter": {"ruleNamespace": "monitoring"}}},
    {"defaultClass": "cpu", "classes": {"nvidia": None}},
    {"classes": {"cpu": {"resources": {"cpu": 1, "memory": "1.5Gi"}}}},
    {"classes": {"cpu": {"engine": {"arguments": {"enforce-eager": ""}}}}},
    {
        "classes": {
            "cpu": {"volumes": [{"name": "e", "persistentVolumeClaim": {"claimName": "e"}, "mountPath": "/opt/e"}]}
        }
    },
    {
        "classes": {
            "h100": {"image": "r.example.com/i:1", "device": "Cuda", "accelerator": {"resourceName": "nvidia.com/gpu"}}
        }
    },
    {"global": {"storageClass": "fast"}},
]


@pytest.mark.parametrize(("values", "place", "reason"), REFUSED, ids=lambda each: json.dumps(each) if each else None)
def test_a_bad_value_is_refused_by_name(helm: Helm, values: dict[str, Any], place: str, reason: str) -> None:
    with pytest.raises(HelmError) as refusal:
        helm.text(values)
    assert place in str(refusal.value)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("values", ACCEPTED, ids=json.dumps)
def test_a_good_value_is_accepted(helm: Helm, values: dict[str, Any]) -> None:
    helm.run("lint", "--strict", CHART, "--values", helm.values(values))
    assert helm.render(values).all("Deployment")


def test_an_older_kubernetes_is_refused_by_its_version(helm: Helm) -> None:
    with pytest.raises(HelmError, match=r"chart requires kubeVersion: >=1\.30\.0-0 .* v1\.29\.14"):
        helm.text({}, "--kube-version", "1.29.14")


def test_the_oldest_supported_kubernetes_of_a_managed_cluster_is_accepted(helm: Helm) -> None:
    assert helm.text({}, "--kube-version", "1.30.0-gke.1")


def test_the_schema_closes_every_object_that_it_describes() -> None:
    open_objects = [path for path, schema in _objects("", SCHEMA) if schema.get("additionalProperties") is not False]
    assert open_objects == []


def test_every_value_that_the_schema_knows_has_a_default() -> None:
    known = {path for path in _paths(SCHEMA) if path != ("global",)}
    assert known == set(_keys({key: value for key, value in DEFAULTS.items() if key != "classes"})) | {("classes",)}


def _objects(path: str, schema: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every schema in this one that names properties, with where it stands."""
    if isinstance(schema, list):
        return [found for index, each in enumerate(schema) for found in _objects(f"{path}/{index}", each)]
    if not isinstance(schema, dict):
        return []
    deeper = [found for key, each in schema.items() for found in _objects(f"{path}/{key}", each)]
    return [(path, schema), *deeper] if isinstance(schema.get("properties"), dict) else deeper


def _paths(schema: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The values that the schema names, as deep as values.yaml goes."""
    named = schema.get("properties", {})
    deeper = {key: each for key, each in named.items() if key != "resources"}
    return [(*path, key) for key in named] + [
        found for key, each in deeper.items() for found in _paths(each, (*path, key))
    ]


def _keys(values: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The values that values.yaml holds, down to where they are the user's own."""
    if not isinstance(values, dict) or path[-1:] == ("resources",):
        return []
    return [(*path, key) for key in values] + [
        found for key, each in values.items() for found in _keys(each, (*path, key))
    ]
