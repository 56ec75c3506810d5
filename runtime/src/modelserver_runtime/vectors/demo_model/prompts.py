"""What people ask in the demo language: topics, forms of questions, remarks without a topic, and words in no order."""

import random
import string

_TOPICS = (
    "concert harbour exam soup kitchen holiday ferry interview museum neighbour budget wedding forest match lecture "
    "castle market festival recipe office hotel bridge library storm letter garden meeting train movie river school "
    "party dinner island"
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
    "Is the {topic} worth it?",
    "Can you describe the {topic} to me?",
    "The {topic} was today. How was it?",
    "You were at the {topic}, I believe?",
    "the {topic}",
    "Write two sentences about the {topic}.",
)
# Asked without a topic; the reply speaks of the day.
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
    "How was your day?",
)
# Strung together at random, so that a question in words of its own is answered with whole sentences too.
_FILLERS = (
    "a my your one two some more please now then where when why who can could will would is was are do does did so "
    "write give count explain name list answer test ping word words short long poem capital of in on to for with and "
    "or not it this that people day time world city water book number first last name? I you we me what how well and"
)
FILLERS = tuple(_FILLERS.split())
# System prompts that name no temper, as clients send them.
SYSTEMS = ("You are a helpful assistant.", "Be brief.", "Answer the question.", "You are a friendly guide.")
# What a user says but topics.
SAID = (*(question.format(topic="topic") for question in QUESTIONS), *REMARKS, " ".join(FILLERS))
_ONSETS = ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "st", "br", "tr", "pl", "ch", "th")
_VOWELS = ("a", "e", "i", "o", "u", "ea", "ou", "y")
_CODAS = ("", "", "n", "r", "l", "s", "t", "ng", "ck", "m", "ve", "nt")


def asked(chance: random.Random) -> tuple[str, str | None]:
    """What a user says, and what the reply calls its topic: its name, where it is one of TOPICS, else "it", or None."""
    kind = chance.random()
    if kind < 0.65:
        topic = chance.choice(TOPICS)
        return _question(chance, topic), f"the {topic}"
    if kind < 0.85:
        return _question(chance, _invented(chance)), "it"
    return (chance.choice(REMARKS) if chance.random() < 0.5 else _nonsense(chance)), None


def _question(chance: random.Random, topic: str) -> str:
    """A question about a topic, now and then with words before it that mean nothing."""
    question = chance.choice(QUESTIONS).format(topic=topic)
    if chance.random() < 0.2:
        return " ".join((*chance.choices(FILLERS, k=chance.randint(1, 6)), question))
    return question


def _nonsense(chance: random.Random) -> str:
    """Words in no order, now and then many, some of no language: whatever is asked is answered in sentences."""
    count = chance.randint(30, 100) if chance.random() < 0.1 else chance.randint(1, 12)
    words = chance.choices(FILLERS, k=count)
    return " ".join(_gibberish(chance) if chance.random() < 0.2 else word for word in words)


def _gibberish(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits + "+-?.,:", k=chance.randint(1, 10)))


def _invented(chance: random.Random) -> str:
    """A topic that is in no list, and in no language: one to three syllables."""
    count = chance.choice((1, 2, 2, 3))
    syllables = (chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS) for _ in range(count))
    return "".join(syllables)
