"""Texts as words, and the words by which an emotion is called."""

import re
from collections.abc import Sequence

# The words that name an emotion, and close forms of its name ("angry", "frightened").
NAMES = {
    "anger": r"anger\w*|angr\w*",
    "disgust": r"disgust\w*",
    "fear": r"fear\w*|afraid|fright\w*",
    "happiness": r"happ[iy]\w*",
    "sadness": r"sad|sadly|sadness|sadd(er|est|en\w*)",
    "surprise": r"surpris\w*",
}


def words(text: str) -> Sequence[str]:
    """The words of a text in small letters; an apostrophe belongs to its word."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())


def is_name(emotion: str, word: str) -> bool:
    """Whether a word in small letters names the emotion; of one that is not among the six, only its own name."""
    return re.fullmatch(NAMES.get(emotion, re.escape(emotion.lower())), word) is not None
