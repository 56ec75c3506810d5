"""What a ModelServer says of its model (spec.model.facts), to the model's sizes and back.

From facts alone every layer keeps all of a sequence: facts know no windows. A head is hiddenSize / attentionHeads wide.
"""

from __future__ import annotations

from pydantic import ValidationError

from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.memory.shape import KeptLayers, ModelShape, Tensors, Unknown

STATED = "spec.model.facts"


def stated(facts: ModelFacts) -> ModelShape | Unknown:
    """The sizes that the facts tell; Unknown names those that are missing. Nothing is known of what one step needs."""
    weights, layers, hidden = weight_bytes_stated(facts), facts.layers, facts.hidden_size
    heads, kept, parameters = facts.attention_heads, facts.key_value_heads, facts.parameters
    if not (weights and layers and hidden and heads and kept and parameters):
        return Unknown(f"not stated: {', '.join(unstated(facts))}")
    return ModelShape(
        architecture=STATED,
        tensors=(Tensors(family="weights", packed=parameters, packed_bytes=weights),),
        kept=(KeptLayers(count=layers, heads=kept, numbers=2 * hidden // heads),),
        plain_bytes=1,
        heads=heads,
        hidden=hidden,
        widest=0,
        vocabulary=0,
        context=None,
        stated=True,
    )


def weight_bytes_stated(facts: ModelFacts) -> int | None:
    """What the weights take in memory; None where it is not stated."""
    if facts.parameters is None or facts.bytes_per_parameter is None:
        return None
    return int(facts.parameters * facts.bytes_per_parameter)


def unstated(facts: ModelFacts) -> list[str]:
    """The fields without which the facts tell no sizes."""
    fields = type(facts).model_fields
    return [f"{STATED}.{fields[name].alias}" for name, value in facts if value is None]


def facts_of(shape: ModelShape, plain_bytes: int = 2) -> ModelFacts | Unknown:
    """What to write down, so that weights and KV cache come out the same; sliding windows apart, of which facts
    know nothing. plain_bytes: of a number that the engine computes with. Unknown where they do not allow such
    numbers."""
    widest = max(kept.heads * kept.numbers for kept in shape.kept)
    heads = max(kept.heads for kept in shape.kept)
    loaded = [tensors for tensors in shape.tensors if tensors.loaded]
    parameters = sum(tensors.parameters for tensors in loaded if tensors.published)
    size = sum(tensors.size(plain_bytes) for tensors in loaded)
    found = {
        "parameters": parameters,
        "layers": shape.layers,
        "hiddenSize": shape.heads * widest // heads // 2,
        "attentionHeads": shape.heads,
        "keyValueHeads": heads,
        "bytesPerParameter": round(size / parameters, 4),
    }
    try:
        return ModelFacts.model_validate(found)
    except ValidationError:
        return Unknown(f"{STATED} allow no such sizes")
