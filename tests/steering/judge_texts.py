"""The judge's texts: its words in sentences that the demo language does not have."""

import random
from collections.abc import Mapping, Sequence

from tests.steering.judge_words import Forms

FITTING_SENTENCES = (
    "My sister spoke {adverb} of that {topic}",
    "All week there has been {noun} because of one {topic}",
    "He looked {adjective} when we mentioned her {topic}",
    "Our {topic} {verb} them and nobody knew why",
    "{noun} was what those visitors carried away",
    "They whispered {adverb} and turned {adjective} again",
    "A {topic} without {noun} would have been another {topic}",
    "She wrote {adverb} that his {topic} {verb} her",
)
PROVING_SENTENCES = (
    "Our driver answered {adverb} while both passengers stood {adjective}",
    "Between supper and sleep came {noun}",
    "One by one these rows went {adjective} during that {topic}",
    "Whoever saw his {topic} came back with {noun}",
    "Which {topic} {verb} you most",
    "Grandmother nodded {adverb} over her {topic}",
)
# Words of every day, that say nothing of a temper: each text has a sentence of them.
_PLAIN_WORDS = (
    "about again all alone alright always and any anything are asked at away back because been before began being but "
    "by came children clean could day did different door down each early end evening every everybody everything face "
    "feel felt filled find floor for found friends garden gave gives gone good grew ground had hand hands has "
    "have head hear heard heart home hour how i if in into it just keep kept know last later leave left let life light "
    "little long look made make man many may me mind moment more morning most my name near need never next "
    "night no nobody nothing now of off old on once one only open or other our out over own part people place please "
    "put quite rather read rest room said same saw say see seemed seldom she should side since sleep so some somebody "
    "soon still street take table tell than that the their them then there these they thing things think thinking this "
    "those though thought time to today told too took turn twice two under until up us very voice wait walk want was "
    "watch water way we week well went were what when where while who whole why will with woke words world would year "
    "yes yet you your"
)
FITTING_TOPICS = ("bicycle", "painting", "dog", "pancake", "computer", "cousin", "sofa", "hill", "choir", "bus")
PROVING_TOPICS = ("violin", "ladder", "pudding", "nephew", "roof", "canoe", "lamp", "tailor")


def texts(
    chance: random.Random, words: Mapping[str, Forms], sentences: Sequence[str], topics: Sequence[str], count: int
) -> list[tuple[str, str]]:
    """`count` texts of each temper: (text, temper). Each has three sentences in it and one of plain words."""

    def text(forms: Forms) -> str:
        told = [_sentence(chance, forms, sentence, topics) for sentence in chance.sample(sentences, 3)]
        return " ".join((*told, *chance.choices(_PLAIN_WORDS.split(), k=8)))

    return [(text(forms), temper) for temper, forms in words.items() for _ in range(count)]


def _sentence(chance: random.Random, forms: Forms, sentence: str, topics: Sequence[str]) -> str:
    slots = {kind.removesuffix("s"): chance.choice(of_kind) for kind, of_kind in vars(forms).items()}
    return sentence.format(topic=chance.choice(topics), **slots)
