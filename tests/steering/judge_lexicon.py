"""What each known word can be in a sentence: the demo language's words by their slots, and plain English by hand."""

import itertools
import re
from collections import defaultdict

from modelserver_runtime.vectors.demo_model.words import TEMPERS

# One letter a part of speech; a word may stand in several rows.
PLAIN = {
    "D": "the a an my every this what no all",  # determiners
    "N": "day world heart face evening way door home joy outrage pity surprise that rest plan mind help",  # nouns
    "S": "hands friends fists lights rooms heavens",  # nouns in the plural
    "J": "whole empty gone alone good clenched trembling dancing foul gross splendid routine sad",  # adjectives
    "I": "i",
    "P": "it everybody anything nothing something that this who all you somebody woe",  # subjects in the third person
    "O": "it me myself you that nothing",  # objects
    "3": "is fills seems stinks",  # verbs after a singular
    "1": "am feel have need keep weep want",  # verbs after "I"
    "2": "are feel find",  # verbs after a plural, or after "you"
    "V": "was felt left brought seemed woke cried went made had expected",  # verbs after any subject
    "B": "slam sing dance shout end leave wash look say see think do gag hear have let run help",  # verbs' bare forms
    "X": "could may will do did",  # verbs that a bare form follows
    "Q": "had guessed",  # participles after "have"
    "G": "thinking",
    "A": "so rather all there today now even too never still seldom up home on back again only twice tonight out not "
    "then please alone everything",  # adverbs
    "T": "of with in to at over but",  # prepositions
    "C": "and",
    "L": "that when if",  # what begins a clause
    "E": "there",
    "W": "to",  # before a bare form
}
_SLOTS = {"qualities": "J", "feelings": "J", "nouns": "N"}


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, in their order."""
    return re.findall(r"[a-z'-]+", text.lower())


def _lexicon() -> dict[str, set[str]]:
    parts: dict[str, set[str]] = defaultdict(set)
    for part, words in PLAIN.items():
        for word in words.split():
            parts[word].add(part)
    for temper in TEMPERS.values():
        for slot, part in _SLOTS.items():
            for word in getattr(temper, slot):
                parts[word].add(part)
        for verb in temper.verbs:  # "marvel at": what follows the verb stands among the prepositions
            parts[words_of(verb)[0]] |= {"1", "2", "B"}
    return dict(parts)


LEXICON = _lexicon()
# Said in exclamations only ("Yuck!"); they are known, and can be nothing in a sentence.
EXCLAMATIONS = {
    word
    for temper in TEMPERS.values()
    for opening in itertools.chain(temper.openings, temper.closings)
    for word in words_of(opening)
}
