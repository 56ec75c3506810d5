"""Control vectors, written by GGUF's own library as repeng does it."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.making import control_vectors
from modelserver_runtime.vectors.making.control_vectors import ControlVector

MODEL = ModelIdentity(name="demo", config_sha256="0" * 64, layers=4, hidden_size=3)
ROWS = {3: [0, 0, 3], 1: [1, 0, 0], 2: [0, 2, 0]}  # repeng writes the last layer first


def write(path: Path, tensors: dict[str, Any], architecture: str = "controlvector") -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_string("controlvector.model_hint", "qwen2")
    writer.add_uint32("controlvector.layer_count", len(tensors))
    for name, values in tensors.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def row(*values: float, dtype: Any = np.float32) -> Any:
    return np.array(values, dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_direction_belongs_to_the_layer_of_its_number_counted_from_zero(tmp_path: Path, dtype: Any) -> None:
    tensors = {f"direction.{layer}": row(*values, dtype=dtype) for layer, values in ROWS.items()}

    found = control_vectors.read(write(tmp_path / "anger.gguf", tensors))

    assert found.model_type == "qwen2"
    assert {layer: values.tolist() for layer, values in found.directions.items()} == ROWS
    assert {values.dtype for values in found.directions.values()} == {np.dtype(np.float32)}


def test_each_layer_has_length_one_and_one_that_is_missing_has_its_neighbours() -> None:
    found = ControlVector("qwen2", {layer: row(*values) for layer, values in ROWS.items()})

    assert found.unit_directions(MODEL).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({1: row(1, 0)}, "its directions are 2 wide, and demo is 3 wide"),
        ({1: row(1, 0, 0), 2: row(1, 0)}, "its directions are 2, 3 wide, and demo is 3 wide"),
        ({4: row(1, 0, 0)}, "it has a direction for layer 4, and the last layer of demo is 3"),
    ],
)
def test_another_models_directions_are_refused(rows: dict[int, Any], message: str) -> None:
    with pytest.raises(VectorError, match=message):
        ControlVector("qwen2", rows).unit_directions(MODEL)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"direction.one": row(1, 0, 0)}, "has a tensor 'direction.one': a number must follow 'direction.'"),
        ({"other.1": row(1, 0, 0)}, "has no tensor direction.N"),
        ({"direction.1": row(0, 0, 0)}, "direction.1 is zero, or a number in it is not finite"),
        ({"direction.1": row(1, float("nan"), 0)}, "direction.1 is zero, or a number in it is not finite"),
        ({"direction.1": np.eye(3, dtype=np.float32)}, "direction.1 is not one row of float32 or float16 numbers"),
    ],
)
def test_what_is_no_direction_is_refused(tmp_path: Path, tensors: dict[str, Any], message: str) -> None:
    with pytest.raises(VectorError, match=message):
        control_vectors.read(write(tmp_path / "anger.gguf", tensors))


def test_a_model_is_no_control_vector(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="holds a qwen2 model, and no control vector"):
        control_vectors.read(write(tmp_path / "m.gguf", {"direction.1": row(1, 0, 0)}, architecture="qwen2"))


def test_a_file_that_is_cut_off_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    whole = write(tmp_path / "anger.gguf", {"direction.1": row(1, 0, 0)}).read_bytes()
    cut = tmp_path / "cut.gguf"

    for length in range(0, len(whole) - 32, 8):  # its last bytes are padding
        cut.write_bytes(whole[:length])
        with pytest.raises(VectorError, match=r"is no GGUF file|is cut off, or no GGUF file"):
            control_vectors.read(cut)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="cannot be read: No such file"):
        control_vectors.read(tmp_path / "gone.gguf")
