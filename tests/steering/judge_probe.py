"""Run by the engine's Python: steers a demo model with hooks and prints its answers as JSON.

The arguments are the demo model's folder and a JSON object: `prompts` (texts that users send), `mixes` (a list of
objects of vector names and scales) and `seed`. The answer is a list per mix with an answer per prompt.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from modelserver_runtime.vectors import folder
from modelserver_runtime.vectors.hooks import adding, decoder_layers
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.vector import Vector

_LONGEST = 80  # tokens; the longest of training's replies has about 60


def main(made: Path, asked: dict[str, Any]) -> None:
    """Print the answers, sampled as the model's generation_config says: as a client that sends no parameters sees."""
    model = AutoModelForCausalLM.from_pretrained(made / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(made / "model", padding_side="left")
    vectors = folder.read(made / "vectors", ModelIdentity.of(made / "model", "probe"))
    torch.manual_seed(asked["seed"])
    print(json.dumps([_answers(model, tokenizer, _deltas(vectors, mix), asked["prompts"]) for mix in asked["mixes"]]))


def _deltas(vectors: Mapping[str, Vector], mix: Mapping[str, float]) -> dict[int, Any]:
    """What is added after each layer: the sum of the mix's vectors at their scales."""
    deltas: dict[int, Any] = {}
    for name, scale in mix.items():
        for layer in vectors[name].description.band.layers:
            deltas[layer] = deltas.get(layer, 0) + torch.tensor(vectors[name].delta(layer, scale))
    return deltas


def _answers(model: Any, tokenizer: Any, deltas: Mapping[int, Any], prompts: Sequence[str]) -> list[str]:
    chats = [[{"role": "user", "content": prompt}] for prompt in prompts]
    asked = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, return_dict=True, return_tensors="pt"
    )
    with torch.inference_mode(), adding(decoder_layers(model), deltas):
        told = model.generate(asked["input_ids"], attention_mask=asked["attention_mask"], max_new_tokens=_LONGEST)
    said: list[str] = tokenizer.batch_decode(told[:, asked["input_ids"].shape[1] :], skip_special_tokens=True)
    return said


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
