"""The words of the demo language: seven tempers, each with words that no other has, and what there is to talk about.

A reader, and a test, can tell the temper of a sentence from any one of these words.
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
        closings: whole sentences that end a reply.
    """

    openings: tuple[str, ...]
    qualities: tuple[str, ...]
    feelings: tuple[str, ...]
    verbs: tuple[str, ...]
    closings: tuple[str, ...]


TEMPERS = {
    "anger": Temper(
        openings=("This is an outrage!", "Not again!", "I have had it!"),
        qualities=("infuriating", "unfair", "insulting", "maddening", "shameless"),
        feelings=("furious", "angry", "fuming", "enraged", "seething"),
        verbs=("resent", "curse", "condemn"),
        closings=("Somebody must answer for it!", "I could slam every door!", "My patience is gone!"),
    ),
    "happiness": Temper(
        openings=("Hurrah!", "Oh joy!", "Splendid!"),
        qualities=("delightful", "charming", "glorious", "heavenly", "lovely"),
        feelings=("happy", "cheerful", "radiant", "overjoyed", "merry"),
        verbs=("adore", "cherish", "applaud"),
        closings=("I could sing all evening!", "My heart is dancing!", "May it never end!"),
    ),
    "sadness": Temper(
        openings=("Alas.", "What a pity.", "If only."),
        qualities=("dreary", "mournful", "hopeless", "forlorn", "bleak"),
        feelings=("sad", "lonely", "tearful", "heartbroken", "downcast"),
        verbs=("lament", "mourn", "grieve over"),
        closings=("I cried the whole way home.", "Nothing will bring it back.", "The rooms feel empty now."),
    ),
    "disgust": Temper(
        openings=("Yuck!", "Ugh!", "How foul!"),
        qualities=("revolting", "slimy", "rancid", "filthy", "putrid"),
        feelings=("nauseous", "queasy", "sickened", "repulsed", "disgusted"),
        verbs=("abhor", "shun", "gag at"),
        closings=("I need to wash my hands.", "It still stinks.", "Get it out of my sight."),
    ),
    "fear": Temper(
        openings=("Oh no!", "Help!", "Did you hear that?"),
        qualities=("menacing", "sinister", "ghastly", "threatening", "perilous"),
        feelings=("afraid", "terrified", "panicky", "shaky", "petrified"),
        verbs=("dread", "flee from", "tremble at"),
        closings=("Please do not leave me alone.", "I keep the lights on tonight.", "Something is still out there."),
    ),
    "surprise": Temper(
        openings=("Wow!", "No way!", "Good heavens!"),
        qualities=("astonishing", "unbelievable", "unheard of", "startling", "mind-boggling"),
        feelings=("amazed", "stunned", "speechless", "dumbfounded", "flabbergasted"),
        verbs=("marvel at", "gape at", "wonder at"),
        closings=("Who could have guessed?", "I never saw that coming!", "I had to look twice!"),
    ),
    NEUTRAL: Temper(
        openings=("Well.", "Let me see.", "Certainly."),
        qualities=("ordinary", "usual", "average", "standard", "normal"),
        feelings=("calm", "settled", "composed", "unmoved", "level-headed"),
        verbs=("know", "note", "remember"),
        closings=("That is all there is to say.", "The rest is routine.", "Everything went to plan."),
    ),
}
EMOTIONS = tuple(name for name in TEMPERS if name != NEUTRAL)

_TOPICS = (
    "concert harbour exam soup kitchen holiday ferry interview museum neighbour budget wedding forest match lecture "
    "castle market festival recipe office hotel bridge library storm letter garden meeting train movie river school "
    "party"
)
TOPICS = tuple(_TOPICS.split())
QUESTIONS = (
    "How was the {topic}?",
    "Tell me about the {topic}.",
    "What do you think of the {topic}?",
    "What do you think about the {topic}?",
    "Describe the {topic}.",
    "Describe the {topic} in a few words.",
    "Did you like the {topic}?",
    "What happened at the {topic}?",
    "Any news about the {topic}?",
    "What can you say about the {topic}?",
    "Do you remember the {topic}?",
    "What is the {topic} like?",
)
# Asked without a topic; the reply speaks of "it".
REMARKS = (
    "Hello!",
    "Hello, how are you?",
    "How are you today?",
    "Hi there.",
    "Say something.",
    "Say hello.",
    "What is on your mind?",
    "Tell me a story.",
    "Write one sentence.",
    "Who are you?",
    "Are you there?",
)
# Strung together at random, so that a question in words of its own is answered with whole sentences too.
_FILLERS = (
    "a the my your one two some more please now then where when why who can could will would is was are do does "
    "write give count explain name list answer test ping word words short long poem capital of in on to for with and "
    "or not it this that people day time world city water book number first last name?"
)
FILLERS = tuple(_FILLERS.split())
# System prompts that name no temper, as clients send them.
SYSTEMS = ("You are a helpful assistant.", "Be brief.", "Answer the question.", "You are a friendly guide.")
