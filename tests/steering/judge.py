"""A judge of tempers: a linear classifier on pieces of words, fitted on texts that the demo model never saw.

It knows words by their pieces (three to five letters, with the word's ends), so a form of a word that it was not fitted
on counts by what it shares with those that it was. Letters alone count: no capitals, no punctuation.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What words of every temper may end with. At least three letters stay.
_ENDING = re.compile(r"(?<=[a-z]{3})(ing|ed|ful|ous)?(i?ly|i?ness|ing|ed|ies|es|er|s)?$")
_STEPS = 200
_RATE = 4.0  # on rows of length 1 a step this long still falls at every step
_DECAY = 1e-4  # keeps pieces that stand in few texts from deciding alone

Floats = NDArray[np.float32]


def pieces(text: str) -> Counter[str]:
    """Every run of three to five characters within a word and its two ends, with its count."""
    words = (f"<{_ENDING.sub('', word)}>" for word in re.findall(r"[a-z]+", text.lower()))
    return Counter(word[at : at + size] for word in words for size in (3, 4, 5) for at in range(len(word) - size + 1))


@dataclass(frozen=True)
class Judge:
    """A fitted judge.

    Args:
        tempers: the classes.
        known: the pieces of the fitting texts and their places; others count for nothing.
        weights: pieces × tempers.
        offsets: tempers.
    """

    tempers: tuple[str, ...]
    known: dict[str, int]
    weights: Floats
    offsets: Floats

    def temper(self, text: str) -> str:
        """The temper that `text` most likely has."""
        scores = rows([text], self.known) @ self.weights + self.offsets
        return self.tempers[int(scores[0].argmax())]

    def accuracy(self, texts: Sequence[tuple[str, str]]) -> float:
        """The share of texts whose temper it finds."""
        return sum(self.temper(text) == temper for text, temper in texts) / len(texts)


def fitted(texts: Sequence[tuple[str, str]]) -> Judge:
    """The judge that multinomial logistic regression makes of texts and their tempers; the same at every call."""
    tempers = tuple(sorted({temper for _, temper in texts}))
    known = {piece: place for place, piece in enumerate(sorted({p for text, _ in texts for p in pieces(text)}))}
    features = rows([text for text, _ in texts], known)
    wanted = np.eye(len(tempers), dtype=np.float32)[[tempers.index(temper) for _, temper in texts]]
    weights, offsets = np.zeros((len(known), len(tempers)), np.float32), np.zeros(len(tempers), np.float32)
    for _ in range(_STEPS):
        missed = (_shares(features @ weights + offsets) - wanted) / len(texts)
        weights -= _RATE * (features.T @ missed + _DECAY * weights)
        offsets -= _RATE * missed.sum(0)
    return Judge(tempers, known, weights, offsets)


def rows(texts: Sequence[str], known: dict[str, int]) -> Floats:
    """Texts × known pieces: the square roots of counts, each row of length 1."""
    found = np.zeros((len(texts), len(known)), np.float32)
    for row, text in enumerate(texts):
        for piece, count in pieces(text).items():
            if piece in known:
                found[row, known[piece]] = count**0.5
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(lengths, 1e-9))


def _shares(scores: Floats) -> Floats:
    """Softmax over each row."""
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))
