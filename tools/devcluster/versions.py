"""The versions of what is built. go.mod is the one place that names them; everything else reads them here."""

import re
from dataclasses import dataclass

from tools.devcluster.places import MODULE


@dataclass(frozen=True)
class Versions:
    """Versions without the leading v."""

    go: str
    kubernetes: str
    containerd: str


def versions() -> Versions:
    """What binary/go.mod requires."""
    text = (MODULE / "go.mod").read_text()
    return Versions(
        go=_find(r"^go (\S+)$", text),
        kubernetes=_find(r"^\s+k8s\.io/kubernetes v(\S+)$", text),
        containerd=_find(r"^\s+github\.com/containerd/containerd/v2 v(\S+)$", text),
    )


def _find(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ValueError(f"binary/go.mod has no line like {pattern}")
    return match[1]
