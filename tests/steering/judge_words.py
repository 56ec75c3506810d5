"""The judge's words: forms of the families that the demo language draws from, none of which the demo language uses.

FITTING is what the judge learns from and PROVING is what it is tried on; they share no word either. Each temper has
nouns ("with fury"), adverbs ("said angrily"), adjectives ("turned irate") and verbs ("that infuriated them").
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Forms:
    """Words of one temper by what they can be in a sentence."""

    nouns: tuple[str, ...]
    adverbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]


def _forms(nouns: str, adverbs: str, adjectives: str, verbs: str) -> Forms:
    return Forms(*(tuple(words.split()) for words in (nouns, adverbs, adjectives, verbs)))


FITTING = {
    "anger": _forms(
        nouns="furiousness irritation resentment insults madness condemnation offence outrages bitterness hostileness",
        adverbs="angrily bitterly insultingly ragingly infuriatedly",
        adjectives="raging cursing hostile angrier irate shouting slamming resented",
        verbs="infuriated maddened insulted irritated annoyed angered offended",
    ),
    "happiness": _forms(
        nouns="bliss cheer merriment gladness radiance adoration enjoyment delights jollity joyfulness splendour",
        adverbs="happily joyfully lovingly gloriously cheeringly",
        adjectives="joyous cheery loving merrier singing lovelier",
        verbs="delighted cheered charmed gladdened adored cherished rejoiced",
    ),
    "sadness": _forms(
        nouns="mourning gloom hopelessness misery loneliness tears lamentation heartbreak gloominess",
        adverbs="sadly gloomily bleakly lonesomely grievingly",
        adjectives="grieving sorrowing weeping melancholic crying pitiful drearier dismaller",
        verbs="saddened mourned lamented grieved",
    ),
    "disgust": _forms(
        nouns="filth slime revulsion repulsion sickness abhorrence rot putrefaction foulness",
        adverbs="disgustedly foully nauseously loathingly stinkingly",
        adjectives="loathsome yucky stinking sickening disgusting gagging rotting grosser",
        verbs="repulsed nauseated abhorred detested repels revolts",
    ),
    "fear": _forms(
        nouns="fright menace threats alarm terrors scares shudders fearfulness",
        adverbs="fearfully frighteningly threateningly tremblingly",
        adjectives="fearsome dreaded panicked shuddering trembly",
        verbs="menaced threatened alarmed terrorised feared panics scares terrify",
    ),
    "surprise": _forms(
        nouns="surprises bafflement marvels disbelief wonders unexpectedness",
        adverbs="unexpectedly surprisingly amazingly wonderingly",
        adjectives="astounded baffled wondrous stunning gaping surprised unbelieving",
        verbs="astonishes startles dumbfounds flabbergasts amazes stuns marvelled",
    ),
    "neutral": _forms(
        nouns="normality calmness neutrality regularity remembrance observation steadiness",
        adverbs="ordinarily usually calmly normally patiently typically standardly",
        adjectives="patient orderly noted plainer standardised composing settling",
        verbs="settles calmed noted remembered regularised",
    ),
}
PROVING = {
    "anger": _forms(
        nouns="annoyance offences rages hostilities",
        adverbs="furiously irritably resentfully maddeningly",
        adjectives="irritable angriest resenting infuriate annoyingly",
        verbs="condemned enrages maddens",
    ),
    "happiness": _forms(
        nouns="cheerfulness loveliness blissfulness joys",
        adverbs="cheerfully merrily gladly delightfully charmingly radiantly",
        adjectives="happier adoring rejoicing gladder jollier",
        verbs="enjoyed charms cherishes enjoys",
    ),
    "sadness": _forms(
        nouns="dreariness sorrows bleakness miseries griefs",
        adverbs="mournfully sorrowfully tearfully hopelessly miserably",
        adjectives="heartbreaking lamentable sadder gloomier lonelier",
        verbs="saddens mourns laments",
    ),
    "disgust": _forms(
        nouns="queasiness filthiness rottenness grossness sliminess",
        adverbs="disgustingly revoltingly sickeningly repulsively",
        adjectives="abhorrent detestable slimier stinky",
        verbs="loathed sickens disgusts nauseates",
    ),
    "fear": _forms(
        nouns="frightfulness scariness trembles alarms dreadfulness",
        adverbs="dreadfully menacingly terrifyingly alarmingly scarily",
        adjectives="panicking frightful fearing scarier",
        verbs="frightens threatens shuddered",
    ),
    "surprise": _forms(
        nouns="wonderment astonishments bafflements",
        adverbs="astonishingly startlingly unbelievably stunningly bafflingly",
        adjectives="marvelling flabbergasting dumbfounding",
        verbs="gaped baffles astounds",
    ),
    "neutral": _forms(
        nouns="ordinariness indifference typicality composedness",
        adverbs="regularly plainly steadily neutrally routinely",
        adjectives="observant calmer normalised",
        verbs="observed steadied normalises",
    ),
}
