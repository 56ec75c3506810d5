"""What a request costs, before any of it is tokenized: the sequences that it asks for, and the length of its prompts.

An estimate that only has to be fair: the slots of the gate are sequences in the engine's batch, and a request that asks
for eight of them, or for a prompt that takes the engine several whole steps, must not pass as one.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.routes import CHAT, COUNT, MESSAGES, RESPONSES, TOKENIZE

BYTES_PER_TOKEN = 4  # of English text, by OpenAI's rule of thumb; other languages have more tokens, code has fewer
TOKENS_PER_SLOT = 8192  # vLLM's own budget of one step on a large accelerator: a longer prompt takes several
PROMPTS = {  # the fields that become the prompt; of completions every prompt is a sequence of its own
    CHAT: ("messages", "tools"),
    RESPONSES: ("instructions", "input", "tools"),
    MESSAGES: ("system", "messages", "tools"),
    COUNT: ("system", "messages", "tools"),
    TOKENIZE: ("prompt", "messages", "tools"),
}
CONVERSATION = ("system", "messages", "input")
HOLDERS = ("content", "output")  # where messages, and results of tools within them, hold lists of parts
# Types of parts with something that is no text, and where that stands; vLLM bounds how many of them a prompt may have.
MEDIA = ("image_url", "input_image", "image", "input_audio", "audio_url", "video_url")
BYTES = ("image_url", "input_audio", "audio_url", "video_url", "source")


@dataclass(frozen=True, slots=True)
class Cost:
    """`slots` of the gate, at least 1; `prompt_tokens`, estimated, of all prompts together."""

    slots: int
    prompt_tokens: int


def cost(path: str, document: dict[str, Any], most: int) -> Cost:
    """What the body of a request to `path` costs, where `most` sequences run at a time.

    Raises:
        Refused: 400, it asks for more sequences than can ever run at a time.
    """
    prompts = _prompts(path, document)
    copies = _copies(document.get("n"))
    if copies * len(prompts) > most:
        raise Refused(_too_many(copies, len(prompts), most))
    slots = copies * sum(max(1, math.ceil(tokens / TOKENS_PER_SLOT)) for tokens in prompts)
    return Cost(min(slots, most), sum(prompts))


def _prompts(path: str, document: dict[str, Any]) -> list[int]:
    """The estimated tokens of each prompt; at least one prompt."""
    fields = PROMPTS.get(path)
    if fields is not None:
        conversation = _texts([document.get(field) for field in fields if field in CONVERSATION])
        return [_tokens([*conversation, *(document.get(field) for field in fields if field not in CONVERSATION)])]
    prompt = document.get("prompt")
    if isinstance(prompt, list) and prompt and isinstance(prompt[0], str | list):
        return [_tokens([each]) for each in prompt]
    return [_tokens([prompt])]


def _texts(messages: object) -> Iterator[object]:
    """What of messages becomes text: all but the keys, which the API names, and the bytes of media in their parts."""
    waiting = [(messages, False)]  # with whether it is of a part
    while waiting:
        value, part = waiting.pop()
        if isinstance(value, list):
            waiting += [(each, part) for each in value]
        elif isinstance(value, dict):
            skipped = BYTES if part and value.get("type") in MEDIA else ()
            waiting += [(value[key], True) for key in HOLDERS if key in value]
            yield from (each for key, each in value.items() if key not in HOLDERS and key not in skipped)
        else:
            yield value


def _tokens(values: Iterable[Any]) -> int:
    """Text by its bytes, token ids by their number; with a stack of its own, as deep as JSON may be nested."""
    size, ids, open_values = 0, 0, list(values)
    while open_values:
        value = open_values.pop()
        if isinstance(value, str):
            size += len(value.encode())
        elif isinstance(value, list):
            open_values += value
        elif isinstance(value, dict):
            open_values += [*value, *value.values()]
        elif isinstance(value, int):
            ids += 1
    return ids + math.ceil(size / BYTES_PER_TOKEN)


def _copies(n: object) -> int:
    """How often each prompt is answered: `n` as vLLM reads it, which takes "8" and 8.0 for 8, too."""
    try:
        return max(1, int(float(n))) if isinstance(n, int | float | str) else 1
    except (ValueError, OverflowError):  # no number: the engine says so
        return 1


def _too_many(copies: int, prompts: int, most: int) -> Refusal:
    message = f"The request asks for {copies * prompts} sequences (n × prompts); at most {most} run at a time."
    return Refusal(400, "too_many_sequences", message, param="n" if copies > 1 else "prompt")
