"""Reads control vectors as repeng and llama.cpp write them: GGUF files with a tensor `direction.N` for layer N.

Both count layers from 0 and add `direction.N` to the output of layer N, as we do: repeng's extraction takes
`hidden_states[N + 1]`, which is what layer N leaves (the first hidden state is the embedding), and its ControlModel
wraps `layers[N]`; llama.cpp's `llama_adapter_cvec` adds `tensors[il]` at the end of layer il. Files begin with
`direction.1`, because llama.cpp has no place for layer 0 and repeng leaves it out; it is no layer counted from 1.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.missing import needed_for
from modelserver_runtime.vectors.vector import Floats, unit

with needed_for("reading GGUF"):
    from gguf import GGUFReader

_ARCHITECTURE = "controlvector"
_DIRECTION = "direction."
_MAGIC = b"GGUF"


@dataclass(frozen=True)
class ControlVector:
    """Directions by layer, counted from 0, and the type of model they were made for, as far as the file says."""

    model_type: str
    directions: dict[int, Floats]

    def unit_directions(self, model: ModelIdentity) -> Floats:
        """Layers × hidden size, each of length 1. A layer that the file leaves out, such as 0, has its neighbour's.

        What stands there is added nowhere: the band keeps to the file's layers.

        Raises:
            VectorError: it is of another width, or has layers that the model lacks.
        """
        widths = {len(row) for row in self.directions.values()}
        if widths != {model.hidden_size}:
            told = ", ".join(map(str, sorted(widths)))
            raise VectorError(f"its directions are {told} wide, and {model.name} is {model.hidden_size} wide")
        if max(self.directions) >= model.layers:
            raise VectorError(
                f"it has a direction for layer {max(self.directions)}, and the last layer of {model.name} is "
                f"{model.layers - 1}"
            )
        nearest = [min(self.directions, key=lambda known: abs(known - layer)) for layer in range(model.layers)]
        return unit(np.stack([self.directions[layer] for layer in nearest]).astype(np.float64))


def read(path: Path) -> ControlVector:
    """The control vector in `path`.

    Raises:
        VectorError: the file cannot be read, is no GGUF file, or holds something else than a control vector.
    """
    reader = _reader(path)
    architecture = _text(reader, "general.architecture")
    if architecture != _ARCHITECTURE:
        raise VectorError(f"{path} holds a {architecture or 'nameless'} model, and no control vector")
    tensors = [tensor for tensor in reader.tensors if tensor.name.startswith(_DIRECTION)]
    if not tensors:
        raise VectorError(f"{path} has no tensor direction.N")
    directions = {_layer(path, tensor.name): _row(path, tensor) for tensor in tensors}
    return ControlVector(_text(reader, "controlvector.model_hint"), directions)


def _reader(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC))
        if begin != _MAGIC:
            raise VectorError(f"{path} is no GGUF file")
        return GGUFReader(path)
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, IndexError, KeyError, OverflowError) as error:  # the library reads on where a file is cut off
        raise VectorError(f"{path} is cut off, or no GGUF file that can be read") from error


def _text(reader: Any, key: str) -> str:
    field = reader.get_field(key)
    return bytes(field.parts[-1]).decode(errors="replace") if field and field.parts else ""


def _layer(path: Path, name: str) -> int:
    number = name.removeprefix(_DIRECTION)
    if not number.isdecimal():
        raise VectorError(f"{path} has a tensor {name!r}: a number must follow {_DIRECTION!r}")
    return int(number)


def _row(path: Path, tensor: Any) -> Floats:
    row = np.array(tensor.data)
    if row.ndim != 1 or row.dtype not in (np.float32, np.float16):
        raise VectorError(f"{path}: {tensor.name} is not one row of float32 or float16 numbers")
    if not np.isfinite(row).all() or not row.any():
        raise VectorError(f"{path}: {tensor.name} is zero, or a number in it is not finite")
    return row.astype(np.float32)
