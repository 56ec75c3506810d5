"""The account that the server's pods run as: one of their own, without rights and without a token."""

from __future__ import annotations

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved


def service_account(resolved: Resolved, owner: Owner) -> Manifest:
    """An account that nobody else uses, so that no right of another workload is a server's."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(owner, resolved.name),
        "automountServiceAccountToken": False,
    }


def account_name(resolved: Resolved) -> str:
    """The account of the class, where it names one; else the server's own."""
    return resolved.placement.service_account_name or resolved.name
