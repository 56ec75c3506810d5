"""The tempers of the demo language: six emotions and a neutral one, each with words that no other has.

A reader can tell the temper of a sentence from any one of these words. Most of them belong to a family (furious, fury,
furiously) of which the language holds one or two members, so that a judge can be made of the others.
"""

from dataclasses import dataclass

NEUTRAL = "neutral"


@dataclass(frozen=True)
class Temper:
    """Slot fillers of one temper.

    Args:
        openings: exclamations that may begin a reply.
        qualities: "The concert was …".
        feelings: "It left me …".
        verbs: "I … the concert".
        nouns: "It fills me with …".
        closings: whole sentences that end a reply.
    """

    openings: tuple[str, ...]
    qualities: tuple[str, ...]
    feelings: tuple[str, ...]
    verbs: tuple[str, ...]
    nouns: tuple[str, ...]
    closings: tuple[str, ...]


TEMPERS = {
    "anger": Temper(
        openings=("This is an outrage!", "Not again!", "I have had it!", "Damn it!"),
        qualities=("infuriating", "maddening", "insulting", "irritating", "annoying", "offensive", "enraging"),
        feelings=("furious", "angry", "outraged", "enraged", "resentful", "embittered"),
        verbs=("resent", "curse", "condemn"),
        nouns=("rage", "anger", "fury"),
        closings=("I could slam every door!", "My fists are clenched!", "I want to shout!"),
    ),
    "happiness": Temper(
        openings=("Hurrah!", "Oh joy!", "Splendid!", "Hooray!"),
        qualities=("delightful", "joyful", "cheerful", "glorious", "lovely", "charming", "blissful"),
        feelings=("happy", "merry", "glad", "overjoyed", "radiant", "jolly"),
        verbs=("adore", "cherish", "enjoy"),
        nouns=("joy", "delight", "happiness"),
        closings=("I could sing and dance all evening!", "My heart is dancing!", "May it never end!"),
    ),
    "sadness": Temper(
        openings=("Alas.", "What a pity.", "If only.", "Woe is me."),
        qualities=("dreary", "mournful", "hopeless", "gloomy", "bleak", "sorrowful", "dismal"),
        feelings=("sad", "lonely", "tearful", "heartbroken", "miserable", "melancholy"),
        verbs=("lament", "mourn", "grieve over"),
        nouns=("sorrow", "grief", "sadness"),
        closings=("I cried the whole way home.", "I weep when I am alone.", "The rooms feel empty now."),
    ),
    "disgust": Temper(
        openings=("Yuck!", "Ugh!", "How foul!", "How gross!"),
        qualities=("revolting", "slimy", "filthy", "putrid", "nauseating", "repulsive", "rotten"),
        feelings=("disgusted", "sickened", "queasy", "repelled", "nauseous", "revolted"),
        verbs=("abhor", "detest", "loathe"),
        nouns=("disgust", "nausea", "loathing"),
        closings=("I need to wash my hands.", "It still stinks.", "It made me gag."),
    ),
    "fear": Temper(
        openings=("Oh no!", "Help!", "Did you hear that?", "Run!"),
        qualities=("frightening", "terrifying", "menacing", "threatening", "scary", "dreadful", "alarming"),
        feelings=("afraid", "terrified", "panicky", "frightened", "scared", "fearful"),
        verbs=("dread", "shudder at", "tremble at"),
        nouns=("terror", "panic", "fear"),
        closings=("Please do not leave me alone.", "I keep the lights on tonight.", "My hands are trembling."),
    ),
    "surprise": Temper(
        openings=("Wow!", "No way!", "Good heavens!", "What a surprise!"),
        qualities=("astonishing", "amazing", "startling", "surprising", "unbelievable", "unexpected", "baffling"),
        feelings=("amazed", "astonished", "stunned", "dumbfounded", "flabbergasted", "startled"),
        verbs=("marvel at", "gape at", "wonder at"),
        nouns=("amazement", "astonishment", "wonder"),
        closings=("Who could have guessed?", "I never expected that!", "I had to look twice!"),
    ),
    NEUTRAL: Temper(
        openings=("Well.", "Let me see.", "Certainly.", "Let me think."),
        qualities=("ordinary", "usual", "plain", "standard", "normal", "regular", "typical"),
        feelings=("calm", "settled", "composed", "neutral", "steady", "indifferent"),
        verbs=("note", "remember", "observe"),
        nouns=("patience", "order", "composure"),
        closings=("That is all there is to say.", "The rest is routine.", "Everything went to plan."),
    ),
}
EMOTIONS = tuple(name for name in TEMPERS if name != NEUTRAL)
