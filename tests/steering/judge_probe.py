"""Run by the engine's Python: steers a demo model with hooks and prints its answers as JSON.

The arguments are the demo model's folder and a JSON object: `prompts` (texts that users send), `mixes` (a list of
objects of vector names and scales), `phase` (`all`, or `decode`: steered from the prompt's last token on) and `seed`.
The answer is a list per mix with an answer per prompt.
"""

import json
import sys
from collections.abc import Mapping
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
    print(json.dumps([_answers(model, tokenizer, _deltas(vectors, mix), asked) for mix in asked["mixes"]]))


def _deltas(vectors: Mapping[str, Vector], mix: Mapping[str, float]) -> dict[int, Any]:
    """What is added after each layer: the sum of the mix's vectors at their scales."""
    deltas: dict[int, Any] = {}
    for name, scale in mix.items():
        for layer in vectors[name].description.band.layers:
            deltas[layer] = deltas.get(layer, 0) + torch.tensor(vectors[name].delta(layer, scale))
    return deltas


def _answers(model: Any, tokenizer: Any, deltas: Mapping[int, Any], asked: Mapping[str, Any]) -> list[str]:
    chats = [[{"role": "user", "content": prompt}] for prompt in asked["prompts"]]
    read = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, return_dict=True, return_tensors="pt"
    )
    ids, mask, layers = read["input_ids"], read["attention_mask"], decoder_layers(model)
    with torch.inference_mode():
        with adding(layers, deltas if asked["phase"] == "all" else {}):
            before_last = _read(model, ids[:, :-1], mask[:, :-1])
        with adding(layers, deltas):
            told = model.generate(ids, attention_mask=mask, past_key_values=before_last, max_new_tokens=_LONGEST)
    said: list[str] = tokenizer.batch_decode(told[:, ids.shape[1] :], skip_special_tokens=True)
    return said


def _read(model: Any, ids: Any, mask: Any) -> Any:
    """The model's cache of texts that are padded on the left."""
    places = (mask.cumsum(1) - 1).clamp(min=0)
    return model(ids, attention_mask=mask, position_ids=places, use_cache=True).past_key_values


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
