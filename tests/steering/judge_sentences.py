"""Tells what is wrong with a reply as English, whatever its temper.

A reply is well-formed when

1. it is sentences with one space between them, each beginning with a capital and ending with `.`, `!` or `?`;
2. its words are known, or stand in the question;
3. no word follows itself, no word that is not plain stands twice in a sentence, and no sentence stands twice;
4. quotes and brackets are balanced;
5. each sentence has the order of an English one: its words can be given parts of speech of which each may follow the
   one before, with one verb in a clause and a subject that agrees with it. Exclamations of up to three words need none.
"""

import itertools
import re
from collections.abc import Iterator

from tests.steering.judge_lexicon import EXCLAMATIONS, LEXICON, PLAIN, words_of

_PLAIN_WORDS = set(" ".join(PLAIN.values()).split())
_FINITE = set("123VX")
# What may follow a part of speech; ^ begins a sentence, $ ends it, a comma is its own part.
_FOLLOWERS = {
    "^": "DSIPGETABXC",
    "D": "NSJ",
    "N": "3VXTCALJ,$",
    "S": "2VXATC,$",
    "J": "NSCATLI,$",
    "I": "1VXAC,$",
    "P": "3VXAJETW2B,$",
    "O": "3VJATBCDPLN,$",
    "3": "JADNOPTIW$",
    "1": "JADOTQWSLN",
    "2": "JADOTN",
    "V": "JADOPTINWQSL",
    "X": "BIPAOD",
    "B": "DOATJLQWC,$",
    "Q": "OAT,$",
    "G": "TOD",
    "A": "JIAV1XPDTB23LCWOQ,$",
    "T": "DNOSP",
    "C": "JIDPASTGNB",
    "L": "IDPSE",
    "E": "3V",
    "W": "B",
    ",": "CIDPSAL",
}
_CLAUSE = set("CLE,")  # a new clause, with a verb of its own, may begin with these


def faults(reply: str, question: str) -> list[str]:
    """What is wrong with `reply`, a phrase each; nothing when it is well-formed."""
    sentences = re.split(r"(?<=[.!?]) ", reply)
    asked = set(words_of(question))
    return [*_repeated(sentences), *_unbalanced(reply)] + [
        fault for sentence in sentences for fault in _of_sentence(sentence, asked)
    ]


def _of_sentence(sentence: str, asked: set[str]) -> Iterator[str]:
    if not re.fullmatch(r"[A-Z0-9][^.!?\s]*( [^.!?\s]+)*[.!?]", sentence):
        yield f"no whole sentence: {sentence!r}"
        return
    words = words_of(sentence)
    if unknown := [word for word in words if word not in LEXICON.keys() | EXCLAMATIONS | asked]:
        yield f"unknown: {', '.join(unknown)}"
    if twice := [word for word in words if word not in _PLAIN_WORDS and words.count(word) > 1]:
        yield f"twice: {twice[0]}"
    if doubled := [word for word, after in itertools.pairwise(words) if word == after]:
        yield f"doubled: {doubled[0]}"
    if not unknown and not _ordered(sentence, asked):
        yield f"no English order: {sentence!r}"


def _ordered(sentence: str, asked: set[str]) -> bool:
    """Whether rule 5 holds. A state (there may be several) is the last part of speech, and a verb yet in the clause."""
    marks = re.findall(r"[a-z'-]+|,", sentence.lower())
    if len(marks) <= 3 and not any(_parts(mark, asked) & {*_FINITE, "I"} for mark in marks):
        return True
    states, verb_somewhere = {("^", False)}, False
    for mark in marks:
        parts = _parts(mark, asked)
        states = {after for state in states for part in parts if (after := _step(state, part))}
        verb_somewhere |= bool(parts & (_FINITE | {"B"}))
    return verb_somewhere and any("$" in _FOLLOWERS[part] for part, _ in states)


def _step(state: tuple[str, bool], part: str) -> tuple[str, bool] | None:
    last, verb = state
    if part not in _FOLLOWERS[last] or (part in _FINITE and verb):
        return None
    return part, part in _FINITE or (verb and part not in _CLAUSE)


def _parts(mark: str, asked: set[str]) -> set[str]:
    """What a word can be; one that only the question knows is what is spoken of."""
    if mark == ",":
        return {","}
    return LEXICON.get(mark, {"N"} if mark in asked else set())


def _repeated(sentences: list[str]) -> list[str]:
    return ["a sentence stands twice"] if len(set(sentences)) < len(sentences) else []


def _unbalanced(reply: str) -> list[str]:
    pairs = ("()", "[]", "{}", "“”")
    uneven = [pair for pair in pairs if reply.count(pair[0]) != reply.count(pair[1])]
    return ["unbalanced quotes or brackets"] if uneven or reply.count('"') % 2 else []
