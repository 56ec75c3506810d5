"""Who may reach a server's pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Facts, Resolved, identity

# The label that Kubernetes itself gives every namespace.
NAMESPACE_NAME = "kubernetes.io/metadata.name"


def network_policy(resolved: Resolved, owner: Owner) -> Manifest:
    """Clients reach the http port from anywhere, for keys and hosts guard it. The control port is for those who look
    after the server; where the platform names no monitoring namespaces, for all. A node always reaches its own pods,
    and so do the kubelet's probes."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "podSelector": {"matchLabels": identity.selector(resolved.name)},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"ports": [_port("http")]},
                {"ports": [_port(identity.CONTROL)], "from": _caretakers(resolved.facts)},
            ],
        },
    }


def caretakers(policy: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """(operator_namespace, monitoring_namespaces) of the facts that one of our policies was made with: whoever may read
    a server's children learns from them what only the installation knows."""
    peers = [peer for rule in policy["spec"].get("ingress") or () for peer in rule.get("from") or ()]
    named = [(_name(peer), "podSelector" in peer) for peer in peers]
    operators = [name for name, of_operator in named if of_operator]
    return next(iter(operators), ""), tuple(name for name, of_operator in named if name and not of_operator)


def _name(peer: Mapping[str, Any]) -> str:
    labels = (peer.get("namespaceSelector") or {}).get("matchLabels") or {}
    return str(labels.get(NAMESPACE_NAME, ""))


def _port(name: str) -> dict[str, str]:
    return {"protocol": "TCP", "port": name}


def _caretakers(facts: Facts) -> list[dict[str, Any]]:
    """The operator's pods, and whoever may scrape metrics: the namespaces that the platform names, or all."""
    operator = [
        {"namespaceSelector": _named(facts.operator_namespace), "podSelector": {"matchLabels": identity.OPERATOR}}
    ]
    scrapers = [{"namespaceSelector": _named(name)} for name in facts.monitoring_namespaces]
    return [*(operator if facts.operator_namespace else ()), *(scrapers or [{"namespaceSelector": {}}])]


def _named(namespace: str) -> dict[str, Any]:
    return {"matchLabels": {NAMESPACE_NAME: namespace}}
