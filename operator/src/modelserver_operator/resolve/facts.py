"""What is known of the cluster: slow things only, so that a decision does not change from pass to pass."""

from __future__ import annotations

from dataclasses import dataclass

# The optional kinds that a ModelServer may ask for.
HTTP_ROUTE, SERVICE_MONITOR = "HTTPRoute", "ServiceMonitor"
OPTIONAL_KINDS = frozenset({HTTP_ROUTE, SERVICE_MONITOR})


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One cluster.

    kinds: the optional kinds that it serves.
    kubernetes: major and minor version; None when it is not known.
    operator_namespace: whose operator pods may reach control ports; empty when there is no operator.
    monitoring_namespaces: whose pods may read metrics; empty means those of every namespace.
    """

    kinds: frozenset[str]
    kubernetes: tuple[int, int] | None
    operator_namespace: str = ""
    monitoring_namespaces: tuple[str, ...] = ()


# For the command line, which has no cluster: everything is there.
ASSUMED = Facts(kinds=OPTIONAL_KINDS, kubernetes=None)
