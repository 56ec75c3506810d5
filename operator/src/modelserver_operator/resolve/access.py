"""Who may use a class, and for what."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.classaccess import Allowed
from modelserver_operator.api.sources import SourceName
from modelserver_operator.resolve.outcome import Refusal

# Where a manifest names no namespace, as kubectl has it.
DEFAULT_NAMESPACE = "default"


def namespace(server: ModelServer) -> str:
    """The ModelServer's namespace."""
    return server.metadata.namespace or DEFAULT_NAMESPACE


def namespace_is_allowed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The class may be used in the ModelServer's namespace."""
    allowed = _allowed(server_class).namespaces
    if not allowed or namespace(server) in allowed:
        return None
    message = (
        f"Class {server_class.metadata.name} may not be used in namespace {namespace(server)}; "
        "choose another class or ask the platform team."
    )
    return Refusal(Reason.FORBIDDEN_BY_CLASS, message, "spec.className")


def source_is_allowed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The class allows models from where this one comes from."""
    allowed, source = _allowed(server_class).sources, _source(server)
    if not allowed or source in allowed:
        return None
    message = f"Class {server_class.metadata.name} allows models from {', '.join(allowed)}, not from {source}."
    return Refusal(Reason.FORBIDDEN_BY_CLASS, message, "spec.model")


def _allowed(server_class: ModelServerClass) -> Allowed:
    return server_class.spec.allowed or Allowed()


def _source(server: ModelServer) -> SourceName:
    model = server.spec.model
    if model.hugging_face:
        return "HuggingFace"
    return "Image" if model.image else "PersistentVolumeClaim"
