"""A vector fits the model that it was made for, and no other."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity

CONFIG = {"model_type": "qwen2", "num_hidden_layers": 4, "hidden_size": 128, "transformers_version": "5.0"}


def identity(folder: Path, config: dict[str, Any], name: str = "demo") -> ModelIdentity:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return ModelIdentity.of(folder, name)


def test_a_model_is_itself_also_when_saved_by_another_version(tmp_path: Path) -> None:
    first = identity(tmp_path / "a", CONFIG)
    second = identity(tmp_path / "b", {"torch_dtype": "float32"} | CONFIG | {"transformers_version": "6.0"})

    assert first.difference(second) is None


def test_another_width_is_said_in_numbers(tmp_path: Path) -> None:
    first = identity(tmp_path / "a", CONFIG, "small")
    second = identity(tmp_path / "b", CONFIG | {"hidden_size": 256}, "large")

    expected = "it was made for small with 4 layers of width 128, and large has 4 layers of width 256"
    assert first.difference(second) == expected


def test_another_config_of_the_same_shape_is_another_model(tmp_path: Path) -> None:
    first = identity(tmp_path / "a", CONFIG, "one")
    second = identity(tmp_path / "b", CONFIG | {"rope_theta": 1e6}, "two")

    assert first.difference(second) == "it was made for one, and two has another config.json"


def test_the_language_part_of_a_larger_model_counts(tmp_path: Path) -> None:
    nested = identity(tmp_path / "a", {"text_config": CONFIG})

    assert (nested.layers, nested.hidden_size) == (4, 128)


def test_layers_and_width_are_found_by_the_names_of_gpt_2_too(tmp_path: Path) -> None:
    old = identity(tmp_path / "a", {"model_type": "gpt2", "n_layer": 12, "n_embd": 768})

    assert (old.layers, old.hidden_size) == (12, 768)


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "is no JSON"), ("[]", "is no JSON object"), ("{}", "names no num_hidden_layers and hidden_size")],
)
def test_a_bad_config_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "config.json").write_text(content)

    with pytest.raises(VectorError, match=message):
        ModelIdentity.of(tmp_path, "demo")


def test_a_folder_without_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match=r"config\.json cannot be read: No such file"):
        ModelIdentity.of(tmp_path, "demo")
