"""Where models and emotion vectors come from."""

from __future__ import annotations

from typing import ClassVar, Literal

from modelserver_operator.api.fields import ObjectName, RelativePath
from modelserver_operator.api.rules import Rule, exactly_one
from modelserver_operator.api.struct import Struct

# What a class may allow. The names are final; a release serves those that its ModelServer type has.
SourceName = Literal["PersistentVolumeClaim", "HuggingFace", "Image"]


class ClaimSource(Struct):
    """A folder of a volume that is already filled; it is mounted read-only."""

    claim_name: ObjectName
    """claimName names a PersistentVolumeClaim in the ModelServer's namespace."""

    path: RelativePath | None = None
    """path is the folder inside the volume, without a leading slash; left out, it is the volume's root."""


class ModelSource(Struct):
    """Exactly one place that holds the model's files."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one(persistent_volume_claim="persistentVolumeClaim"),)

    persistent_volume_claim: ClaimSource | None = None
    """persistentVolumeClaim takes a model in Hugging Face's folder layout from a volume of the cluster."""


class VectorSource(Struct):
    """Exactly one place that holds the emotion vectors: vectors.json and the files that it names."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one(persistent_volume_claim="persistentVolumeClaim"),)

    persistent_volume_claim: ClaimSource | None = None
    """persistentVolumeClaim takes the vectors from a volume of the cluster."""
