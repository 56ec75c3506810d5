"""Where models and emotion vectors come from."""

from __future__ import annotations

from typing import ClassVar, Literal

from modelserver_operator.api.fields import (
    HubRepo,
    HubRevision,
    ImagePath,
    ImageReference,
    ObjectName,
    RelativePath,
)
from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.api.rules import Rule, exactly_one
from modelserver_operator.api.secrets import SecretKey
from modelserver_operator.api.struct import Struct

# What a class may allow.
SourceName = Literal["PersistentVolumeClaim", "HuggingFace", "Image"]


class ClaimSource(Struct):
    """A folder of a volume that is already filled; it is mounted read-only."""

    claim_name: ObjectName
    """claimName names a PersistentVolumeClaim in the ModelServer's namespace."""

    path: RelativePath | None = None
    """path is the folder inside the volume, without a leading slash; left out, it is the volume's root."""


class HuggingFaceSource(Struct):
    """A repository of a model hub, downloaded before the first start."""

    repo: HubRepo
    """repo is the repository's name, such as Qwen/Qwen2.5-7B-Instruct."""

    revision: HubRevision = "main"
    """revision is a branch, a tag or, best, a commit; a branch that moves is not followed by itself."""

    token_secret_ref: SecretKey | None = None
    """tokenSecretRef is the token that a repository with limited access is downloaded with."""


class ImageSource(Struct):
    """A folder of an OCI image, mounted read-only; it needs Kubernetes 1.33."""

    reference: ImageReference
    """reference of the image, best by digest."""

    path: ImagePath | None = None
    """path is the folder inside the image, from its root on; left out, it is the root."""


class ModelSource(Struct):
    """Exactly one place that holds the model's files, and what is known of the model."""

    rules: ClassVar[tuple[Rule, ...]] = (
        exactly_one(hugging_face="huggingFace", persistent_volume_claim="persistentVolumeClaim", image="image"),
    )

    hugging_face: HuggingFaceSource | None = None
    """huggingFace downloads a model from the Hugging Face hub."""

    persistent_volume_claim: ClaimSource | None = None
    """persistentVolumeClaim takes a model in Hugging Face's folder layout from a volume of the cluster."""

    image: ImageSource | None = None
    """image takes a model in Hugging Face's folder layout from an OCI image."""

    facts: ModelFacts | None = None
    """facts tell how large the model is, so that one that cannot fit is refused at once."""


class VectorSource(Struct):
    """Exactly one place that holds the emotion vectors: vectors.json and the files that it names."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one(persistent_volume_claim="persistentVolumeClaim"),)

    persistent_volume_claim: ClaimSource | None = None
    """persistentVolumeClaim takes the vectors from a volume of the cluster."""
