"""Where the model comes from, and whether class and cluster let it come from there."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.classaccess import Allowed
from modelserver_operator.api.sources import ModelSource, SourceName
from modelserver_operator.resolve.facts import Facts
from modelserver_operator.resolve.outcome import Refusal

# The first version whose API server keeps image volumes without being told to (beta, on by default).
IMAGE_VOLUMES_FROM = (1, 33)


def source_is_allowed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The class allows models from where this one comes from."""
    allowed, (name, field) = (server_class.spec.allowed or Allowed()).sources, _source(server.spec.model)
    if not allowed or name in allowed:
        return None
    message = f"Class {server_class.metadata.name} allows models from {', '.join(allowed)}, not from {name}."
    return Refusal(Reason.FORBIDDEN_BY_CLASS, message, field)


def image_volumes_are_there(server: ModelServer, facts: Facts) -> Refusal | None:
    """A model in an image needs a cluster that can mount images."""
    if server.spec.model.image is None or facts.kubernetes is None or facts.kubernetes >= IMAGE_VOLUMES_FROM:
        return None
    message = (
        f"A model in an image needs Kubernetes {_shown(IMAGE_VOLUMES_FROM)}, and this cluster has "
        f"{_shown(facts.kubernetes)}; use huggingFace or persistentVolumeClaim, or upgrade the cluster."
    )
    return Refusal(Reason.KUBERNETES_TOO_OLD, message, "spec.model.image")


def _source(model: ModelSource) -> tuple[SourceName, str]:
    """(the source in the class's word, its field)."""
    if model.hugging_face:
        return "HuggingFace", "spec.model.huggingFace"
    if model.image:
        return "Image", "spec.model.image"
    return "PersistentVolumeClaim", "spec.model.persistentVolumeClaim"


def _shown(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
