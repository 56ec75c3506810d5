"""The optional kinds in a test's cluster: their products' own CRDs, which come and go."""

from functools import partial

import yaml
from tests.controlplane.kube import Kube, eventually
from tools.setup.optional_kinds import crds


def install(kube: Kube, kind: str) -> None:
    """From here on the cluster serves the kind."""
    kube.apply(yaml.load(crds()[kind].read_text(), yaml.CSafeLoader))
    eventually(partial(kube.serves, kind), f"{kind}s are served")


def remove(kube: Kube, kind: str) -> None:
    """From here on it does not, and its objects are gone."""
    kube.delete("CustomResourceDefinition", yaml.load(crds()[kind].read_text(), yaml.CSafeLoader)["metadata"]["name"])
    eventually(lambda: not kube.serves(kind), f"{kind}s are no longer served")
