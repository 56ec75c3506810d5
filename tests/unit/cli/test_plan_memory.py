"""Whether a model fits, as `plan` says it: by the model's files, by what the ModelServer states, or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.crd_cases import server, server_class
from tests.crd_cases.objects import HUB

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.cli import main
from modelserver_operator.resolve import ASSUMED, Refusal, resolve

CONFIGS = Path(__file__).parents[1] / "memory" / "configs"
GPU: dict[str, Any] = {
    "device": "Cuda",
    "accelerator": {"resourceName": "nvidia.com/gpu", "memory": "80Gi", "computeCapability": "9.0"},
}
LARGE = {"parameters": 35_000_000_000, "layers": 400, "hiddenSize": 16384, "attentionHeads": 64}
FACTS = {**LARGE, "keyValueHeads": 64, "bytesPerParameter": 2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The model's."""
    made = tmp_path / "model"
    made.mkdir()
    return made


CPU: dict[str, Any] = {"resources": {"memory": "40Gi"}}


def plan(folder: Path, name: str = "", of_class: dict[str, Any] = GPU, **spec: Any) -> Result:
    """Of a ModelServer whose model has this config.json."""
    if name:
        shutil.copy(CONFIGS / f"{name}.json", folder / "config.json")
    file = folder.parent / "demo.yaml"
    file.write_text(yaml.safe_dump_all([server(className="small", **spec), server_class(**of_class)]), encoding="utf-8")
    there = ["--model", str(folder)] if name else ["--offline"]
    return CliRunner().invoke(main, ["plan", "-f", str(file), *there, "-o", "json"])


def memory(result: Result) -> dict[str, Any]:
    """What the document says of it."""
    (only,) = json.loads(result.stdout)["servers"]
    found: dict[str, Any] = only["memory"]
    return found


def test_what_fits_with_every_size(folder: Path) -> None:
    """The weights are those of the published files, 15.23 GB; the KV cache takes 2 x 28 layers x 4 heads x 128 x 2."""
    result = plan(folder, "qwen2.5-7b-instruct")
    found = memory(result)
    assert (result.exit_code, found["fits"], found["advice"]) == (0, True, [])
    assert found["weights"] == pytest.approx(15_231_233_024, rel=0.001)
    assert sum(each["size"] for each in found["families"]) == found["weights"]
    assert (found["cachePerToken"], found["cachePerSequence"]) == (57_344, 57_344 * 4096)
    assert found["cacheForAll"] == 64 * found["cachePerSequence"]
    taken = found["weights"] + found["activations"] + found["graphs"] + found["outside"]
    assert (found["room"], found["cache"]) == (int(80 * 2**30 * 0.9), found["room"] - taken)


def test_what_does_not_fit_and_what_would_make_it(folder: Path) -> None:
    result = plan(folder, "llama-3.3-70b-instruct")
    found = memory(result)
    assert (result.exit_code, found["fits"], found["verdict"]) == (1, False, "the weights do not fit")
    assert found["advice"] == ["spec.accelerators.count: 2"]
    assert memory(plan(folder, "llama-3.3-70b-instruct", accelerators={"count": 2}))["fits"] is True


def test_a_context_that_is_longer_than_the_models(folder: Path) -> None:
    """vLLM would not start."""
    result = plan(folder, "qwen2.5-7b-instruct", engine={"maxContextTokens": 200000})
    found = memory(result)
    assert (result.exit_code, found["fits"], found["context"]) == (1, False, 32768)
    assert found["verdict"] == "maxContextTokens is more than the model's own context"
    assert found["advice"] == ["spec.engine.maxContextTokens: 32768"]


def test_a_context_of_which_not_one_sequence_fits(folder: Path) -> None:
    small = {"device": "Cuda", "accelerator": {"resourceName": "nvidia.com/gpu", "memory": "24Gi"}}
    found = memory(plan(folder, "llama-3.1-8b-instruct", small, engine={"maxContextTokens": 131072}))
    assert found["fits"] is False
    (shorter, more) = found["advice"]
    name, _, tokens = shorter.rpartition(": ")
    assert (name, more) == ("spec.engine.maxContextTokens", "spec.accelerators.count: 2")
    assert (
        memory(plan(folder, "llama-3.1-8b-instruct", small, engine={"maxContextTokens": int(tokens)}))["fits"] is True
    )
    longer = {"maxContextTokens": 2 * int(tokens)}
    assert memory(plan(folder, "llama-3.1-8b-instruct", small, engine=longer))["fits"] is False


def test_a_pod_on_a_cpu_holds_what_a_whole_prompt_needs(folder: Path) -> None:
    """29.9 GiB of weights in float32 and a quarter of 40 GiB for the cache leave nothing for 32,768 tokens at once, for
    which the kernel would end the pod."""
    long = {"maxContextTokens": 32768, "maxSequences": 2}
    result = plan(folder, "llama-3.1-8b-instruct", CPU, engine=long)
    found = memory(result)
    assert (result.exit_code, found["fits"], found["onCpu"], found["graphs"]) == (1, False, True, 0)
    assert found["verdict"].startswith("the weights, what a step needs and the KV cache of kv-cache-memory-bytes")
    assert found["activations"] == 32768 * (6 * 4096 + 3 * 14336) * 4
    assert found["weights"] + found["cache"] < found["room"]
    assert found["advice"] == ["spec.accelerators.count: 2"]
    text = CliRunner().invoke(main, ["plan", "-f", str(folder.parent / "demo.yaml"), "--model", str(folder)]).stdout
    assert "room in the pod's memory" in text
    assert "CUDA" not in text


@pytest.mark.parametrize(
    ("name", "of_class", "spec"),
    [
        ("llama-3.3-70b-instruct", GPU, {"accelerators": {"count": 1, "tensorParallelSize": 1}}),
        ("llama-3.3-70b-instruct", GPU, {"accelerators": {"count": 1, "pipelineParallelSize": 1}}),
        (
            "deepseek-v2-lite-chat",
            GPU | {"accelerator": {**GPU["accelerator"], "memory": "10Gi"}},
            {"accelerators": {"count": 2, "tensorParallelSize": 1, "pipelineParallelSize": 2}},
        ),
        ("llama-3.1-8b-instruct", CPU, {"engine": {"maxContextTokens": 32768, "maxSequences": 2}}),
        ("llama-3.1-8b-instruct", GPU, {"engine": {"maxContextTokens": 200000}}),
        (
            "llama-3.1-8b-instruct",
            CPU | {"engine": {"allowedArguments": [{"name": "kv-cache-memory-bytes", "pattern": "[0-9]+"}]}},
            {"engine": {"maxContextTokens": 4096, "maxSequences": 2}},
        ),
    ],
)
def test_what_is_advised_is_served_and_fits(
    folder: Path, name: str, of_class: dict[str, Any], spec: dict[str, Any]
) -> None:
    advised = memory(plan(folder, name, of_class, **spec))["advice"]
    assert advised
    for each in advised:
        again = plan(folder, name, of_class, **_followed(spec, each))
        assert (again.exit_code, memory(again)["fits"]) == (0, True), each


def _followed(spec: dict[str, Any], advice: str) -> dict[str, Any]:
    """The spec with what is advised written into it, as its reader would."""
    field, _, value = advice.partition(": ")
    _, part, *path = field.split(".")
    if not path:
        return {**spec, part: yaml.safe_load(value)}
    inner: dict[str, Any] = {**spec.get(part, {})}
    if len(path) == 1:
        inner[path[0]] = yaml.safe_load(value)
    else:
        inner[path[0]] = {**inner.get(path[0], {}), path[1]: value}
    return {**spec, part: inner}


def facts_advised(folder: Path, of_class: dict[str, Any], **spec: Any) -> list[str]:
    (told,) = json.loads(plan(folder, "qwen2.5-7b-instruct", of_class, **spec).stdout)["servers"]
    return [note.partition("cannot fit: ")[2] for note in told["notes"] if "spec.model.facts" in note]


def test_the_facts_to_write_down_are_those_of_the_precision_that_is_computed_in(folder: Path) -> None:
    assert [json.loads(each)["bytesPerParameter"] for each in facts_advised(folder, GPU)] == [2.0]
    (of_float32,) = facts_advised(folder, GPU, engine={"dtype": "Float32"})
    assert json.loads(of_float32)["bytesPerParameter"] == 4.0
    (on_cpu,) = facts_advised(folder, CPU)
    assert json.loads(on_cpu)["bytesPerParameter"] == 4.0


def test_the_options_of_a_model_that_speaks_in_channels(folder: Path) -> None:
    (told,) = json.loads(plan(folder, "gpt-oss-20b").stdout)["servers"]
    options = [each["option"] for each in told["engineArguments"]]
    assert "--reasoning-parser" in options
    assert [note for note in told["notes"] if "gpt_oss" in note] == []
    (unread,) = json.loads(plan(folder).stdout)["servers"]
    assert [note for note in unread["notes"] if "gpt_oss" in note]


def test_without_files_what_is_stated_counts(folder: Path) -> None:
    result = plan(folder, model={**HUB, "facts": FACTS})
    found = memory(result)
    assert (result.exit_code, found["fits"]) == (1, False)
    assert found["reason"].startswith("by spec.model.facts")
    assert found["weights"] == 70_000_000_000


@pytest.mark.parametrize(
    ("of_class", "parameters"),
    [
        (GPU, 7_000_000_000),
        (GPU, 38_000_000_000),
        (GPU, 70_000_000_000),
        (CPU, 7_000_000_000),
        (CPU, 21_000_000_000),
        (CPU, 70_000_000_000),
    ],
)
def test_plan_and_operator_say_the_same_of_what_is_stated(
    folder: Path, of_class: dict[str, Any], parameters: int
) -> None:
    """The operator, by what it makes of the ModelServer: it refuses weights, and of the rest it tells in the status."""
    spec: dict[str, Any] = {"model": {**HUB, "facts": {**FACTS, "parameters": parameters, "layers": 40}}}
    manifest = server(className="small", **spec)
    outcome = resolve(
        ModelServer.parse(manifest, strict=True),
        ModelServerClass.parse(server_class(**of_class), strict=True),
        ASSUMED,
    )
    (planned,) = json.loads(plan(folder, of_class=of_class, **spec).stdout)["servers"]
    if isinstance(outcome, Refusal):
        assert [each["message"] for each in planned["problems"]] == [outcome.message]
    else:
        assert outcome.fit.value.startswith(planned["memory"]["verdict"])


def test_what_is_not_known_is_no_refusal(folder: Path) -> None:
    result = plan(folder, model=HUB)
    found = memory(result)
    assert (result.exit_code, found["fits"], found["verdict"]) == (0, None, "unknown")
    assert "the hub is not asked" in found["reason"]
    assert "spec.model.facts.parameters" in found["reason"]


@pytest.mark.parametrize(("size", "fits"), [(10 << 30, None), (90 << 30, False)])
def test_files_of_an_unknown_kind_may_still_be_too_large(folder: Path, size: int, fits: bool | None) -> None:
    (folder / "config.json").write_text(json.dumps({"architectures": ["Newest"]}), encoding="utf-8")
    index = {"metadata": {"total_size": size}, "weight_map": {}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    file = folder.parent / "demo.yaml"
    file.write_text(yaml.safe_dump_all([server(className="small"), server_class(**GPU)]), encoding="utf-8")
    found = memory(CliRunner().invoke(main, ["plan", "-f", str(file), "--model", str(folder), "-o", "json"]))
    assert (found["fits"], found["files"]) == (fits, size)


def test_the_text_has_the_sizes(folder: Path) -> None:
    plan(folder, "qwen2.5-7b-instruct")
    words = ["plan", "-f", str(folder.parent / "demo.yaml"), "--model", str(folder)]
    text = CliRunner().invoke(main, words).stdout
    assert "weights                                           14.19 GiB" in text
    assert "Fits, with maxSequences sequences of maxContextTokens at once." in text
