"""The demo model's command line apart, the whole of it: made twice with few steps, then read as a user reads it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("demo_model_probe.py")
MAKE = """
import sys
from pathlib import Path
from modelserver_runtime.vectors.demo_model import make
from modelserver_runtime.vectors.demo_model.recipe import Recipe
make(Path(sys.argv[1]), seed=3, recipe=Recipe(steps=40, dialogues=1600, texts_per_temper=8, neutral_texts=4))
"""


def start(hash_seed: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """The engine's Python with the runtime's source; another hash seed gives sets another order."""
    python = os.environ["MODELSERVER_ENGINE_PYTHON"]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "runtime" / "src"),
        "PYTHONHASHSEED": hash_seed,
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    pipe = subprocess.PIPE
    return subprocess.Popen([python, *map(str, arguments)], env=environment, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders, made at the same time from the same seed by two processes."""
    folders = tmp_path_factory.mktemp("first") / "out", tmp_path_factory.mktemp("second") / "out"
    with start("0", "-c", MAKE, folders[0]) as one, start("1", "-c", MAKE, folders[1]) as other:
        outputs = [process.communicate(timeout=900) for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], outputs
    assert all("step 40 of 40" in output for output, _ in outputs)
    return folders


@pytest.fixture(scope="module")
def probed(made: tuple[Path, Path]) -> dict[str, Any]:
    """What the probe found in the first folder."""
    with start("0", PROBE, made[0]) as process:
        output, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_seed_gives_the_same_bytes(made: tuple[Path, Path]) -> None:
    first, second = map(content, made)

    assert {"model/model.safetensors", "model/config.json", "vectors/vectors.json"} <= set(first)
    assert first == second


def test_another_user_can_read_every_file_and_nothing_else_is_left(made: tuple[Path, Path]) -> None:
    modes = {oct(path.stat().st_mode & 0o777) for path in made[0].rglob("*") if path.is_file()}

    assert modes == {"0o644"}
    assert [path.name for path in made[0].parent.iterdir()] == ["out"]


def test_the_six_vectors_read_back_and_write_the_same_bytes(probed: dict[str, Any]) -> None:
    assert probed["vectors"] == ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    assert probed["rewritten_equal"]


def test_vectors_of_another_model_are_refused(made: tuple[Path, Path], probed: dict[str, Any]) -> None:
    shape = f"vector 'anger': {made[0]}/vectors/anger.safetensors cannot be used: "
    shape += "it was made for modelserver-demo-3 with 4 layers of width 128, "
    assert probed["other_model"] == shape + "and probe has 4 layers of width 64"
    assert probed["other_config"].endswith("it was made for modelserver-demo-3, and probe has another config.json")
    assert probed["not_safetensors"].startswith("probe.bin is no safetensors file")


def test_a_vector_adds_itself_after_its_layer(probed: dict[str, Any]) -> None:
    assert probed["added"] < 1e-4


def test_scale_one_is_near_the_reference_strength_on_other_text(probed: dict[str, Any]) -> None:
    assert 0.1 < probed["strength_at_one"] < 2.5


def test_the_chat_template_writes_what_training_saw(probed: dict[str, Any]) -> None:
    assert probed["template"] == probed["asked"]
    assert probed["context"] == 512
