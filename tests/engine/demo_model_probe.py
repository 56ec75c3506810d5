"""Run by the engine's Python: looks at a demo model as a user of its folder would, and prints what it finds as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from modelserver_runtime.vectors import folder
from modelserver_runtime.vectors.calibration import strength_of
from modelserver_runtime.vectors.demo_model.language import turn
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.hooks import adding, decoder_layers, recording
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.passages import Passage
from modelserver_runtime.vectors.vector import Vector

MESSAGES = [{"role": "user", "content": "How was the concert?"}]
ASKED = turn("user", "How was the concert?") + "<|im_start|>assistant\n"


def main(made: Path) -> None:
    """Print one JSON object with an entry per question that the test asks."""
    model = AutoModelForCausalLM.from_pretrained(made / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(made / "model")
    identity = ModelIdentity.of(made / "model", "probe")
    vectors = folder.read(made / "vectors", identity)
    found = {
        "vectors": sorted(vectors),
        "context": model.config.max_position_embeddings,
        "template": tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, tokenize=False),
        "asked": ASKED,
        "rewritten_equal": all(vector.to_bytes() == _bytes(made, name) for name, vector in vectors.items()),
        "other_model": _refusal(made, identity.model_copy(update={"hidden_size": 64})),
        "other_config": _refusal(made, identity.model_copy(update={"config_sha256": "0" * 64})),
        "not_safetensors": _not_a_vector(b"\x80\x04 a pickle"),
        "added": _added(model, tokenizer, vectors["anger"]),
        "strength_at_one": _strength_at_one(model, tokenizer, vectors["anger"]),
    }
    print(json.dumps(found))


def _bytes(made: Path, name: str) -> bytes:
    return (made / "vectors" / f"{name}.safetensors").read_bytes()


def _refusal(made: Path, model: ModelIdentity) -> str:
    try:
        folder.read(made / "vectors", model)
    except VectorError as error:
        return str(error)
    return ""


def _not_a_vector(data: bytes) -> str:
    try:
        Vector.from_bytes(data, "probe.bin")
    except VectorError as error:
        return str(error)
    return ""


def _added(model: Any, tokenizer: Any, vector: Vector) -> float:
    """The largest difference, after the steered layer, between what was added and what the vector says."""
    layer, ids = vector.description.band.first, tokenizer(ASKED, return_tensors="pt").input_ids
    delta = torch.tensor(vector.delta(layer, 1.0))
    streams = []
    for deltas in ({}, {layer: delta}):
        with torch.inference_mode(), adding(layers := decoder_layers(model), deltas), recording(layers) as outputs:
            model(ids)
        streams.append(outputs[layer])
    return float((streams[1] - streams[0] - delta).abs().max() / delta.abs().max())


def _strength_at_one(model: Any, tokenizer: Any, vector: Vector) -> float:
    """KL per token at scale 1.0 on other text than the calibration's: near the reference, not equal to it."""
    tokens = tuple(tokenizer(ASKED + "I felt calm and settled there. The concert was ordinary and usual.").input_ids)
    start = len(tokenizer(ASKED).input_ids) - 1
    layer = vector.description.band.first
    measure = strength_of(model, {layer: torch.tensor(vector.delta(layer, 1.0))}, [Passage(tokens, start)])
    return measure(1.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
