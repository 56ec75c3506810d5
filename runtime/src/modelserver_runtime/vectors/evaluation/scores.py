"""The numbers of an evaluation, from what the unsteered model read: pure, on numpy alone."""

from collections.abc import Mapping, Sequence

import numpy as np

from modelserver_runtime.vectors.vector import Floats, Vector

# Words repeated by chance seldom make four in a row; a loop does nothing else.
_RUN = 4


def effect(vector: Vector, steered: Floats, plain: Floats) -> float:
    """How far the answers' text has moved the unsteered model's reading towards the emotion.

    The way from the reading of the plain answer to that of the steered answer to the same prompt, along the vector's
    direction, as a share of what scale 1 adds; mean over prompts and the band's layers.

    Args:
        vector: the vector that steered.
        steered, plain: mean residual streams of the answers, answers × layers × hidden size.
    """
    layers = list(vector.description.band.layers)
    moved = ((steered - plain)[:, layers] * vector.direction[layers]).sum(-1)
    return float((moved / (vector.description.factor * vector.norm[layers])).mean())


def perplexity(surprise: Sequence[float], tokens: Sequence[Sequence[int]]) -> float:
    """Exp of the mean nats per token, over the tokens of all answers."""
    return float(np.exp(sum(surprise) / sum(len(each) for each in tokens)))


def repetition(tokens: Sequence[Sequence[int]]) -> float:
    """The share of runs of four tokens that stood in the same answer before; 0 where answers are shorter."""
    runs = [[tuple(each[start : start + _RUN]) for start in range(len(each) - _RUN + 1)] for each in tokens]
    count = sum(len(each) for each in runs)
    return sum(len(each) - len(set(each)) for each in runs) / count if count else 0.0


def told_apart(streams: Mapping[str, Floats]) -> dict[str, float]:
    """For each kind of answer, the share that lies nearest to the mean of its own kind's answers to other prompts.

    Prompts of even number give the means for those of odd number, and the other way round. Chance is one in the number
    of kinds.

    Args:
        streams: by kind, answers × hidden size at one layer; the same prompts for each kind.
    """
    kinds = list(streams)
    found = np.stack([streams[kind] for kind in kinds]).astype(np.float64)  # kinds × answers × hidden size
    right = np.zeros(found.shape[:2])
    for part in (0, 1):
        means = found[:, 1 - part :: 2].mean(1)
        distances = np.linalg.norm(found[:, part::2, None] - means, axis=-1)
        right[:, part::2] = distances.argmin(-1) == np.arange(len(kinds))[:, None]
    return dict(zip(kinds, right.mean(1).tolist(), strict=True))


def breaks_down_at(perplexities: Mapping[float, float], unsteered: float, times: float) -> float | None:
    """The smallest scale above 0 whose answers the unsteered model finds `times` as perplexing as its own."""
    broken = [scale for scale, found in perplexities.items() if scale > 0 and found > times * unsteered]
    return min(broken, default=None)
