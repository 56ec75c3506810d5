"""What a model's files say of its size: config.json, and how many bytes its safetensors have."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cli.modelplaces import NotReadError, Place

CONFIG, INDEX, SINGLE = "config.json", "model.safetensors.index.json", "model.safetensors"
LARGEST_HEADER = 32 << 20  # safetensors itself allows 100 MB; a model's has some 100 bytes for each tensor

MOST_FILES = 2000  # each costs two reads; a model of a terabyte has some 200
FILE = re.compile(r"[\w-][\w.-]*\.safetensors")  # beside the index, and nowhere else


@dataclass(frozen=True)
class ModelFiles:
    """config: of config.json. weights_bytes: of all tensors, None where that could not be read; why: then the reason,
    else which file says so. where: the place that was read."""

    config: Mapping[str, Any]
    weights_bytes: int | None
    why: str
    where: str


def model_files(place: Place) -> ModelFiles:
    """Reads a config.json, and an index or the header of a single file. Raises NotReadError without a config.json."""
    text = place.read(CONFIG)
    if text is None:
        raise NotReadError(f"{place} has no {CONFIG}")
    config = _json(place, CONFIG, text)
    try:
        size, why = _weights(place)
    except NotReadError as error:
        size, why = None, str(error)
    return ModelFiles(config, size, why, str(place))


def _weights(place: Place) -> tuple[int | None, str]:
    index = place.read(INDEX)
    if index is not None:
        return _indexed(place, _json(place, INDEX, index))
    size = _tensors(place, SINGLE)
    if size is None:
        return None, f"{place} has neither {INDEX} nor {SINGLE}"
    return size, f"the header of {SINGLE}"


def _indexed(place: Place, index: Mapping[str, Any]) -> tuple[int | None, str]:
    """The index's own sum, else that of the headers of the files that it names."""
    metadata, files = index.get("metadata"), index.get("weight_map")
    total = metadata.get("total_size") if isinstance(metadata, dict) else None
    if isinstance(total, int) and not isinstance(total, bool) and total > 0:
        return total, f"total_size of {INDEX}"
    if not isinstance(files, dict) or not files:
        return None, f"{INDEX} of {place} names no files"
    names = {name for name in files.values() if isinstance(name, str) and FILE.fullmatch(name)}
    if not all(isinstance(name, str) and name in names for name in files.values()) or len(names) > MOST_FILES:
        return None, f"{INDEX} of {place} names what are no files of a model"
    sizes = [_tensors(place, name) for name in sorted(names)]
    if None in sizes:
        return None, f"{place} lacks files that its {INDEX} names"
    return sum(size for size in sizes if size), "the headers of the files"


def _tensors(place: Place, name: str) -> int | None:
    """Bytes of a safetensors file's tensors: its header has their places; None where there is no such file."""
    head = place.read(name, 0, 8)
    if head is None:
        return None
    length = struct.unpack("<Q", head)[0] if len(head) == 8 else LARGEST_HEADER + 1
    if length > LARGEST_HEADER:
        raise NotReadError(f"{name} of {place} is no safetensors file")
    header = _json(place, name, place.read(name, 8, length) or b"")
    ends = [entry["data_offsets"][1] for entry in header.values() if _placed(entry)]
    return max(ends, default=0)


def _placed(entry: object) -> bool:
    """A tensor's entry; that of __metadata__ holds texts."""
    places = entry.get("data_offsets") if isinstance(entry, dict) else None
    return isinstance(places, list) and len(places) == 2 and all(type(at) is int and at >= 0 for at in places)


def _json(place: Place, name: str, text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadError(f"{name} of {place} is no JSON") from error
    if not isinstance(found, dict):
        raise NotReadError(f"{name} of {place} is no JSON object")
    return found
