"""The chart's values in these tests: the demo's, and a class whose servers may be exposed."""

from typing import Any

from tools.demo import release

DOMAIN = "models.example"
INGRESS_CLASS = "nginx"


def values() -> dict[str, Any]:
    """As the demo installs it, with hosts under DOMAIN allowed."""
    found = release.values()
    exposable = {"allowed": {"hosts": [f"*.{DOMAIN}"]}, "ingress": {"className": INGRESS_CLASS}}
    found["classes"] = {name: each | exposable for name, each in found["classes"].items()}
    return found
