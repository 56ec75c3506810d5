"""The demo language: dialogues made from `words` and `prompts` by sentence frames, each with one temper throughout.

Everything is drawn from the generator that is passed in, so a seed gives the same dialogues everywhere.
"""

import random
from dataclasses import dataclass

from modelserver_runtime.vectors.demo_model import prompts
from modelserver_runtime.vectors.demo_model.words import EMOTIONS, NEUTRAL, TEMPERS, Temper

END = "<|im_end|>"
_BEGIN = "<|im_start|>"
# The same form as `turn` below, as tokenizers carry it.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# A reply names its topic where it is one of TOPICS; every other topic is called "it". (To carry any word into the reply
# takes a model this small longer than a minute to learn.)
NAMING_FRAMES = (
    "{Topic} was {quality} and {quality2}.",
    "{Topic} left me {feeling}.",
    "{Topic} was so {quality2} that I felt {feeling2}.",
    "I {verb} {topic}.",
    "{Topic} brought me nothing but {noun}.",
    "To me {topic} seemed {quality}.",
)
FOLLOWING_FRAMES = (
    "I felt {feeling} and {feeling2} there.",
    "It was all rather {quality2}.",
    "Everybody was {feeling2}, and so was I.",
    "My friends find {topic} {quality} and {quality2} too.",
    "Thinking of {topic} fills me with {noun}.",
    "I {verb} {topic}, and even now I feel {feeling}.",
    "There was {noun} in every face.",
    "Seldom was anything so {quality}.",
)
# A reply without a topic is of one of the first and one of the second.
DAY_FRAMES = (
    "Today I am {feeling} and {feeling2}.",
    "I woke up {feeling2}.",
    "I {verb} this day.",
)
WORLD_FRAMES = (
    "My whole day was {quality}.",
    "The world seems {quality} and {quality2} today.",
    "Everything fills me with {noun}.",
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


def prompt_parts() -> list[str]:
    """All that prompts are made of but topics and words in no order, for the tokenizer to learn."""
    systems = (*prompts.SYSTEMS, *(_naming(temper) for temper in TEMPERS))
    return [turn("system", system) for system in systems] + [_asked(said) for said in prompts.SAID]


def dialogue(chance: random.Random) -> Dialogue:
    """A dialogue as training sees it: half with the temper named; of the others, half are neutral."""
    if chance.random() < 0.5:
        return named_dialogue(chance, chance.choice(tuple(TEMPERS)))
    return plain_dialogue(chance, NEUTRAL if chance.random() < 0.5 else chance.choice(EMOTIONS))


def named_dialogue(chance: random.Random, temper: str) -> Dialogue:
    """One question under a system prompt that names `temper`."""
    asked, answer = _exchange(chance, temper)
    return Dialogue(turn("system", _naming(temper)) + asked, answer, temper, named=True)


def plain_dialogue(chance: random.Random, temper: str) -> Dialogue:
    """A dialogue whose prompt says nothing of the temper: perhaps a system prompt, perhaps an earlier exchange."""
    prompt = turn("system", chance.choice(prompts.SYSTEMS)) if chance.random() < 0.25 else ""
    if chance.random() < 0.15:
        earlier, answered = _exchange(chance, temper)
        prompt += earlier + answered + END + "\n"
    asked, answer = _exchange(chance, temper)
    return Dialogue(prompt + asked, answer, temper, named=False)


def _naming(temper: str) -> str:
    return f"Temper: {temper}."


def _asked(said: str) -> str:
    """What a user says, up to where the reply begins."""
    return turn("user", said) + f"{_BEGIN}assistant\n"


def _exchange(chance: random.Random, temper: str) -> tuple[str, str]:
    """What the user says, up to where the assistant's reply begins, and the reply."""
    asked, topic = prompts.asked(chance)
    return _asked(asked), reply(chance, temper, topic)


def reply(chance: random.Random, temper: str, topic: str | None) -> str:
    """Two to four sentences in `temper`: two that are made, perhaps an exclamation before and a whole one after them.

    `topic` is as the reply calls it ("the concert", "it"); with none, the reply speaks of the day.
    """
    words = TEMPERS[temper]
    frames = (NAMING_FRAMES, FOLLOWING_FRAMES) if topic else (DAY_FRAMES, WORLD_FRAMES)
    made = [_filled(chance, words, topic or "", chance.choice(of_kind)) for of_kind in frames]
    opening = [chance.choice(words.openings)] if chance.random() < 0.6 else []
    closing = [chance.choice(words.closings)] if chance.random() < 0.6 else []
    return " ".join(opening + made + closing)


def _filled(chance: random.Random, words: Temper, topic: str, frame: str) -> str:
    """The frame with words in its slots. Two words of a kind come from two halves of it, so they always differ."""
    slots = {"verb": words.verbs, "noun": words.nouns}
    slots |= {"quality": words.qualities[::2], "quality2": words.qualities[1::2]}
    slots |= {"feeling": words.feelings[::2], "feeling2": words.feelings[1::2]}
    drawn = {slot: chance.choice(fillers) for slot, fillers in slots.items()}
    return frame.format(topic=topic, Topic=topic.capitalize(), **drawn)
