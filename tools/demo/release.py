"""The operator in a cluster, installed as the README tells a user to: Helm, one values file, two image names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.demo.kubectl import Kubectl, Manifest
from tools.setup.helm import helm
from tools.setup.images import OPERATOR, RUNTIME
from tools.setup.places import NO_PROXY, ROOT
from tools.setup.recorder import Recorder

CHART = ROOT / "charts" / "modelserver"
RELEASE = "modelserver"
NAMESPACE = "modelserver-system"
ENGINE_CLAIM = "engine"
ENGINE_MOUNT = "/opt/engine"


def restricted(namespace: str) -> Manifest:
    """The namespace, held to the strictest of Kubernetes' Pod Security levels."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }


def values() -> dict[str, Any]:
    """What differs from the chart's defaults: images, and processors instead of GPUs, with the engine on a volume."""
    return {
        "image": {"repository": OPERATOR.repository, "tag": OPERATOR.tag},
        "defaultClass": "cpu",
        "classes": {"cpu": small_cpu_class()},
    }


def small_cpu_class() -> dict[str, Any]:
    """A class for tiny models on a small machine, started as fast as vLLM can: without compilation."""
    return {
        "image": RUNTIME.reference,
        "device": "Cpu",
        "resources": {"cpu": "500m", "memory": "4Gi", "ephemeralStorage": "1Gi", "sharedMemory": "256Mi"},
        "engine": {
            "arguments": {
                "enforce-eager": "",
                "kv-cache-memory-bytes": "67108864",
            }
        },
        "environment": [
            # The image is bare: its Python becomes the engine's by coming first on PATH.
            {"name": "PATH", "value": f"{ENGINE_MOUNT}/bin:/usr/bin:/bin"},
            {"name": "OMP_NUM_THREADS", "value": "1"},  # two threads on two busy cores are 3 to 8 times slower
        ],
        "volumes": [
            {
                "name": "engine",
                "persistentVolumeClaim": {"claimName": ENGINE_CLAIM},
                "mountPath": ENGINE_MOUNT,
            }
        ],
    }


def install(recorder: Recorder, kubectl: Kubectl, wanted: Mapping[str, Any], folder: Path) -> None:
    """Installs or upgrades the release and waits until the operator and the classes are there."""
    kubectl.apply(restricted(NAMESPACE))
    file = folder / "values.json"
    file.write_text(json.dumps(wanted, indent=2) + "\n")
    where = ("--namespace", NAMESPACE, "--kubeconfig", kubectl.kubeconfig)
    recorder.run(
        helm(), "upgrade", "--install", RELEASE, CHART, *where, "--values", file, "--wait", "--timeout", "5m",
        env={**NO_PROXY, **{f"HELM_{each}_HOME": str(folder) for each in ("CACHE", "CONFIG", "DATA")}},
    )  # fmt: skip
