"""The parts of the plugin that need torch: the self-test finds what is wrong, and a worker's store takes only vectors.

The models are made wrong on purpose, see steering_probe.py; real ones, in real engines, are tests/steering's.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from modelserver_runtime.start_failures import sentence

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("steering_probe.py")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the probe prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "runtime" / "src"), "OMP_NUM_THREADS": "1"}
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], str(PROBE)]
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    printed: dict[str, Any] = json.loads(output.splitlines()[-1])
    return printed


def test_a_model_that_gives_the_stream_whole_or_as_a_pair_passes(found: dict[str, Any]) -> None:
    assert found["right"] == {"Whole": None, "Pair": None}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("unused", "the model's output is wrong: it does not depend on layer 0"),
        ("halved", "the two parts of the stream do not count alike: what layer 1 adds counts otherwise"),
        ("another_layers_row", "layer 2 does not steer as it must: its row moved the stream by 1.000"),
        ("every_token", "layer 1 does not steer as it must: it moved tokens that were not marked"),
        ("added_twice", "layer 4 does not steer as it must: its row moved the stream by 1.000"),
        ("unhooked", "layer 0 does not steer as it must: its row moved the stream by 1.000"),
        ("skipped", "layer 3 does not steer as it must: its row moved the stream by 1.000"),
    ],
)
def test_what_is_wrong_is_found(found: dict[str, Any], what: str, said: str) -> None:
    assert (found[what] or "")[: len(said)] == said
    assert (found["two_at_once"][what] or "")[: len(said)] == said


def test_what_is_kept_of_a_model_does_not_grow_with_its_layers(found: dict[str, Any]) -> None:
    few = found["two_at_once"]
    assert few["right"] == found["right"]
    assert few["kept"] <= 2 * 2 * 2 + 5, "of two layers both parts, plain and marked; and five outputs"


def test_layers_that_are_not_found_are_a_sentence_at_start(found: dict[str, Any]) -> None:
    assert found["no_list"] == "In Model, one list of 6 decoder layers was expected; found: none."
    assert found["two_lists"] == "In Model, one list of 5 decoder layers was expected; found: layers, vision."
    assert sentence(f"x\n{found['two_lists']}\ny") == f"The engine cannot be steered. {found['two_lists']}"


def test_a_store_adds_what_the_vectors_say(found: dict[str, Any]) -> None:
    store = found["store"]
    assert store["held"]
    assert store["bytes"] == 3 * 32 * 4  # three layers of this worker, float32
    assert store["sum"] < 1e-6
    assert store["moved"] > 0.1
    assert found["dropped"] == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("other_bytes", "3 bytes were staged as 000"),
        ("a_pickle", "is no safetensors file"),
        ("a_gap", "a vector's bytes come in order: 0 are here, and this piece is for 5"),
        ("another_width", "vector 'joy' is for 5 layers of width 64, and the engine's model has 5 of width 32"),
    ],
)
def test_a_store_takes_nothing_else(found: dict[str, Any], what: str, said: str) -> None:
    assert said in found["store"][what]


def test_a_worker_never_raises(found: dict[str, Any]) -> None:
    """Raised in several workers at once, an exception ends the engine: vLLM 0.32 takes it for later answers, too."""
    worker = found["worker"]
    assert worker["gap"].startswith("a vector's bytes come in order")
    assert worker["nothing_staged"].startswith("0 bytes were staged as 000")
    assert (worker["stage"], worker["commit"], worker["held"]) == (None, 32 * 4, True)
    assert (worker["forget"], worker["held_after"]) == (None, [])
    assert len(worker["report"]) == 1
    assert "has no attribute" in worker["report"][0]
    assert "has no attribute" in worker["unsteered"]
