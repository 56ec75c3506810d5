"""The sizes of the demo model and of its training."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Recipe:
    """Chosen so that one busy core needs less than a minute and the answers keep to their question.

    Args:
        steps, batch_size, dialogues: how long to train, on how many dialogues at once, drawn from how many.
        vocabulary: tokens; every word of the demo language is one.
        hidden_size, layers, context: of the model; heads are 32 wide, which vLLM's CPU attention supports.
        steered_layer: the layer, from 0, whose class means are added in training; the vectors' band.
        texts_per_temper, neutral_texts: for extraction and for calibration.
    """

    steps: int = 700
    batch_size: int = 16
    dialogues: int = 8000
    vocabulary: int = 1536
    hidden_size: int = 128
    layers: int = 4
    context: int = 512
    steered_layer: int = 1
    texts_per_temper: int = 48
    neutral_texts: int = 24

    def as_json(self, seed: int) -> str:
        """The recipe and its seed, as left beside what they made."""
        return json.dumps({"seed": seed} | asdict(self), indent=2) + "\n"
