"""Who may use a class."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.classaccess import Allowed
from modelserver_operator.resolve.outcome import Refusal

# Where a manifest names no namespace, as kubectl has it.
DEFAULT_NAMESPACE = "default"


def namespace(server: ModelServer) -> str:
    """The ModelServer's namespace."""
    return server.metadata.namespace or DEFAULT_NAMESPACE


def namespace_is_allowed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The class may be used in the ModelServer's namespace."""
    allowed = (server_class.spec.allowed or Allowed()).namespaces
    if not allowed or namespace(server) in allowed:
        return None
    message = (
        f"Class {server_class.metadata.name} may not be used in namespace {namespace(server)}; "
        "choose another class or ask the platform team."
    )
    return Refusal(Reason.FORBIDDEN_BY_CLASS, message, "spec.className")
