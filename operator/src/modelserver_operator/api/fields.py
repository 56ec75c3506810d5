"""The bounded kinds of value that fields are made of; CEL's cost budget needs every bound."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

# Names that Kubernetes gives meaning to.
ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
NamespaceName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
VolumeName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
LabelKey = Annotated[
    str, Field(min_length=1, max_length=317, pattern=r"^([a-z0-9.-]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, Field(max_length=63, pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]
VariableName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]

SecretEntry = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._A-Za-z0-9]+$")]

# Hosts end with a letter's label, so that no address is one; a class may allow all that end with a suffix.
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_HOST = rf"({_LABEL}\.)*[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?"
HostName = Annotated[str, Field(min_length=1, max_length=253, pattern=rf"^{_HOST}$")]
HostPattern = Annotated[str, Field(min_length=1, max_length=253, pattern=rf"^(\*|(\*\.)?{_HOST})$")]
Origin = Annotated[
    str, Field(min_length=1, max_length=261, pattern=r"^(\*|https?://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?)$")
]

# Names on a model hub. No part begins or ends with a dot, and none holds "--" or "..": folders are named after them.
_HUB = r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*"
HubRepo = Annotated[str, Field(min_length=3, max_length=193, pattern=rf"^{_HUB}/{_HUB}$")]
HubRevision = Annotated[str, Field(min_length=1, max_length=128, pattern=rf"^{_HUB}(/{_HUB})*$")]
ImageReference = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]

# Names that clients of a model use, and the names of emotion vectors.
ModelName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$")]
VectorName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$")]
Scale = Annotated[float, Field(ge=-4, le=4)]

# A path inside a volume: relative, and no part begins with a dot, so that none leads out of the volume.
RelativePath = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$")
]
AbsolutePath = Annotated[str, Field(min_length=2, max_length=256, pattern=r"^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$")]

ImagePath = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^(/|(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)$")]

# One day at most: longer waits are a mistake in a unit.
Seconds = Annotated[int, Field(ge=1, le=86400)]

# An option of vLLM without its dashes.
ArgumentName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9-]*$")]

ArgumentValue = Annotated[str, Field(max_length=1024)]
Arguments = Annotated[dict[ArgumentName, ArgumentValue], Field(max_length=32)]

_QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# As in a pod, whole numbers need no quotes.
Quantity = Annotated[
    str,
    Field(max_length=32, pattern=_QUANTITY),
    BeforeValidator(_as_text),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": _QUANTITY,
            "maxLength": 32,
        }
    ),
]
