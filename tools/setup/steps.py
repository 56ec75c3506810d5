"""All steps in the order in which they run."""

from collections.abc import Iterable

from tools.setup import (
    alertmanager,
    base,
    beside,
    engine,
    environment,
    helm,
    images,
    keda,
    kubernetes,
    model,
    monitoring_image,
    nginx,
    optional_kinds,
    packages,
    prometheus,
    prometheus_operator,
    prometheus_server,
    promtool,
    toolchain,
)
from tools.setup.step import Step

STEPS = (
    packages.ROOT_STEP,
    packages.STEP,
    packages.REDIS_STEP,
    packages.LOAD_STEP,
    packages.CLUSTER_STEP,
    environment.STEP,
    engine.STEP,
    beside.RATES.step,
    beside.VECTORS.step,
    toolchain.STEP,
    kubernetes.STEP,
    helm.STEP,
    optional_kinds.STEP,
    keda.STEP,
    promtool.STEP,
    prometheus.STEP,
    alertmanager.STEP,
    nginx.STEP,
    model.STEP,
    base.STEP,
    images.STEP,
    prometheus_operator.STEP,  # late: what both share with Kubernetes is compiled by then
    prometheus_server.STEP,
    monitoring_image.STEP,
)


def with_needs(names: Iterable[str]) -> list[Step]:
    """The named steps and everything that they need, in order. Raises KeyError for an unknown name."""
    by_name = {step.name: step for step in STEPS}
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += by_name[name].needs
    return [step for step in STEPS if step.name in wanted]
