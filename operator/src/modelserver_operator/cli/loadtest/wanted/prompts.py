"""Prompts of a wanted length for any tokenizer: of words that are one token each in most vocabularies."""

from __future__ import annotations

import random

from modelserver_operator.cli.loadtest.generating.plan import UNIQUE_DIGITS

# Short, frequent English words. Tokenizers of today's large models have each, with the blank before it, as one token;
# small vocabularies split some, and a byte-level one makes some five tokens of each.
_TEXT = (
    "about after again air all also and another answer any are around ask away back because been before began book "
    "both boy but by call came can car change children city close cold come could country cut day did different do "
    "does door down each earth eat end enough even every eye face family far farm father feet few find first follow "
    "food for form found four from gave get girl give go good got great group grow had hand hard has have head hear "
    "help her here high him his home house how idea if important in it just keep kind know land large last late learn "
    "leave left let letter life light like line list little live long look made make man many may me mean men might "
    "more morning most mother mountain move much music must my name near need never new next night no north not now "
    "number of off often old on once one only open or other our out over own page paper part people place plan plant "
    "play point read real right river road room run said same saw say school sea second see sentence set she should "
    "show side small so some song soon sound south stand start state still stop story study such sun table take talk "
    "tell than that the their them then there these they thing think this those thought three through time to took "
    "top town tree try turn two under until up us use very walk want war was watch water way we well went were what "
    "when where which while white who why will wind with wood word work world would write year yes you young your"
)
WORDS = _TEXT.split()
UNIQUE = "unique".ljust(UNIQUE_DIGITS, "0")  # where each request is to have digits of its own: as long as they are


def words(number: int, seed: str) -> str:
    """So many words, always the same ones for a seed."""
    return " ".join(random.Random(seed).choices(WORDS, k=number))


def prompt(number: int, seed: str, prefix: str = "") -> str:
    """About so many tokens, all different from request to request from `prefix` on, which they share.

    A prompt cache works from the beginning on, so that what follows other digits is not found in it.
    """
    return " ".join(filter(None, (prefix, UNIQUE, words(number, seed))))
