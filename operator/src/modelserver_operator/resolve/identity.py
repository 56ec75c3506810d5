"""The names by which a server's pods are found; they never change while the object lives."""

from __future__ import annotations

MANAGED_BY = "modelserver-operator"


def selector(name: str) -> dict[str, str]:
    """The labels that select the pods of the ModelServer `name` in its namespace, and no others."""
    return {"app.kubernetes.io/name": "modelserver", "app.kubernetes.io/instance": name}


def labels(name: str) -> dict[str, str]:
    """The labels of every child."""
    return {
        **selector(name),
        "app.kubernetes.io/managed-by": MANAGED_BY,
        "app.kubernetes.io/component": "server",
    }


def url(name: str, namespace: str) -> str:
    """Where clients in the cluster reach the server."""
    return f"http://{name}.{namespace}.svc"
