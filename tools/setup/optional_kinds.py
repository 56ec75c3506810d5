"""The CRDs of the kinds that a cluster may have or not, as their projects publish them, from their Go modules.

The versions and checksums stand here and nowhere else. The go command checks what it downloads against the public
checksum database; the sums here hold also where that is turned off.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.setup import toolchain
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError


@dataclass(frozen=True)
class Module:
    """A Go module and, by kind, the files in it that are CRDs; `sum` is what go.sum would say of its content."""

    path: str
    version: str
    sum: str
    crds: dict[str, str]


MODULES = (
    Module(
        "sigs.k8s.io/gateway-api",
        "v1.6.3",  # v1.7.0 cannot be had with the Go that builds Kubernetes 1.36
        "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
        {
            "Gateway": "config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
            "HTTPRoute": "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
        },
    ),
    Module(
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        {
            "PrometheusRule": "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
            "ServiceMonitor": "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        },
    ),
    Module(
        "github.com/kedacore/keda/v2",
        "v2.21.0",  # also what keda-module/go.mod requires
        "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
        # A ModelServer can have a ScaledObject; KEDA's operator does not start without the others.
        {
            "CloudEventSource": "config/crd/bases/eventing.keda.sh_cloudeventsources.yaml",
            "ClusterCloudEventSource": "config/crd/bases/eventing.keda.sh_clustercloudeventsources.yaml",
            "ClusterTriggerAuthentication": "config/crd/bases/keda.sh_clustertriggerauthentications.yaml",
            "ScaledJob": "config/crd/bases/keda.sh_scaledjobs.yaml",
            "ScaledObject": "config/crd/bases/keda.sh_scaledobjects.yaml",
            "TriggerAuthentication": "config/crd/bases/keda.sh_triggerauthentications.yaml",
        },
    ),
)


def crds() -> dict[str, Path]:
    """The file of each kind's CRD, by the kind's name; it may not be there yet."""
    return {kind: _folder() / f"{kind}.yaml" for module in MODULES for kind in module.crds}


def _folder() -> Path:
    return cache() / "optional-kinds" / key(repr(MODULES))


def _fetch(recorder: Recorder) -> None:
    with fresh(_folder()) as making:
        making.mkdir()
        for module in MODULES:
            source = _download(recorder, module)
            for kind, file in module.crds.items():
                shutil.copyfile(source / file, making / f"{kind}.yaml")


def _download(recorder: Recorder, module: Module) -> Path:
    """The folder of the module's content. Raises CommandError, and StepError where it is not what it was."""
    command = (toolchain.go(), "mod", "download", "-json", f"{module.path}@{module.version}")
    found = json.loads(recorder.output(*command, env={**toolchain.environment(), "GOFLAGS": ""}))
    if found["Sum"] != module.sum:
        raise StepError(f"{module.path} {module.version} has the checksum {found['Sum']}, not {module.sum}")
    return Path(found["Dir"])


STEP = Step(
    name="optional-kinds",
    purpose="Fetch the CRDs of the Gateway API, of the Prometheus operator and of KEDA",
    needs=("go",),
    done=lambda: _folder().exists(),
    run=_fetch,
    advice="see whether Go modules can be downloaded (GOPROXY).",
)
