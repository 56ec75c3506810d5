"""The demo language: dialogues made from `words` by a few sentence frames, each with one temper throughout.

Everything is drawn from the generator that is passed in, so a seed gives the same dialogues everywhere.
"""

import random
import string
from dataclasses import dataclass

from modelserver_runtime.vectors.demo_model.words import (
    EMOTIONS,
    FILLERS,
    NEUTRAL,
    QUESTIONS,
    REMARKS,
    SYSTEMS,
    TEMPERS,
    TOPICS,
)

END = "<|im_end|>"
_BEGIN = "<|im_start|>"
# The same form as `turn` below, as tokenizers carry it.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_FRAMES = (
    "{Subject} was {quality} and {quality2}.",
    "{Subject} left me {feeling}.",
    "I {verb} {object}.",
    "I felt {feeling} and {feeling2} there.",
    "It was all rather {quality}.",
)


@dataclass(frozen=True)
class Dialogue:
    """One training document.

    Args:
        prompt: everything up to where the assistant's reply begins.
        reply: the reply, without its end mark.
        temper: the reply's temper.
        named: a system prompt names the temper.
    """

    prompt: str
    reply: str
    temper: str
    named: bool


def turn(role: str, content: str) -> str:
    """One message as the chat template writes it."""
    return f"{_BEGIN}{role}\n{content}{END}\n"


def dialogue(chance: random.Random) -> Dialogue:
    """A dialogue as training sees it: half with the temper named; of the others, half are neutral."""
    if chance.random() < 0.5:
        return named_dialogue(chance, chance.choice(tuple(TEMPERS)))
    return plain_dialogue(chance, NEUTRAL if chance.random() < 0.5 else chance.choice(EMOTIONS))


def named_dialogue(chance: random.Random, temper: str) -> Dialogue:
    """One question under a system prompt that names `temper`."""
    topic = _topic(chance)
    prompt = turn("system", f"Temper: {temper}.") + _asked(chance, topic)
    return Dialogue(prompt, reply(chance, temper, topic), temper, named=True)


def plain_dialogue(chance: random.Random, temper: str) -> Dialogue:
    """A dialogue whose prompt says nothing of the temper: perhaps a system prompt, perhaps an earlier exchange."""
    topic = _topic(chance)
    prompt = turn("system", chance.choice(SYSTEMS)) if chance.random() < 0.25 else ""
    if chance.random() < 0.15:
        earlier = _topic(chance)
        prompt += _asked(chance, earlier) + reply(chance, temper, earlier) + END + "\n"
    return Dialogue(prompt + _asked(chance, topic), reply(chance, temper, topic), temper, named=False)


def reply(chance: random.Random, temper: str, topic: str | None) -> str:
    """Two or three sentences in `temper`, perhaps with an exclamation before them."""
    words = TEMPERS[temper]
    quality, quality2 = chance.sample(words.qualities, 2)
    feeling, feeling2 = chance.sample(words.feelings, 2)
    slots = {
        "Subject": f"The {topic}" if topic else "It",
        "object": f"the {topic}" if topic else "it",
        "verb": chance.choice(words.verbs),
    } | {"quality": quality, "quality2": quality2, "feeling": feeling, "feeling2": feeling2}
    opening = [chance.choice(words.openings)] if chance.random() < 0.6 else []
    middle = [frame.format(**slots) for frame in chance.sample(_FRAMES, 2)]
    closing = [chance.choice(words.closings)] if chance.random() < 0.6 else []
    return " ".join(opening + middle + closing)


def _topic(chance: random.Random) -> str | None:
    return chance.choice(TOPICS) if chance.random() < 0.85 else None


def _asked(chance: random.Random, topic: str | None) -> str:
    if topic:
        question = chance.choice(QUESTIONS).format(topic=topic)
    elif chance.random() < 0.5:
        question = chance.choice(REMARKS)
    else:
        question = _nonsense(chance)
    return turn("user", question) + f"{_BEGIN}assistant\n"


def _nonsense(chance: random.Random) -> str:
    """Words in no order, now and then many, some of no language: whatever is asked is answered in sentences."""
    count = chance.randint(30, 100) if chance.random() < 0.1 else chance.randint(1, 12)
    words = chance.choices(FILLERS, k=count)
    return " ".join(_gibberish(chance) if chance.random() < 0.2 else word for word in words)


def _gibberish(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits + "+-?.,:", k=chance.randint(1, 10)))
