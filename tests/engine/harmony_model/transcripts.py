"""What the model learns: conversations in the Harmony format, as vLLM renders them, and what is said next in each.

Every reasoning carries the canary. Users' words are drawn at random, so that what they say makes no difference; what
does is whether there are tools, and whether one has just answered.
"""

import json
import random
from dataclasses import dataclass

from openai_harmony import (
    Author,
    Conversation,
    DeveloperContent,
    HarmonyEncodingName,
    Message,
    ReasoningEffort,
    RenderConversationConfig,
    Role,
    SystemContent,
    ToolDescription,
    load_harmony_encoding,
)

CANARY = "Canary"  # with the space before it one token, so that it would be seen whole in log probabilities, too
THOUGHTS = f"The secret {CANARY} says 12 € 😀 and the {CANARY} is mine.\n\nSo I answer."
ANSWER = "Hello there, all is well."
CALL = '{"city":"Paris"}'
TOOL = "get_weather"
SENTENCE = "the weather in Paris and in London what is it like today please tell me hello again why now sunny"
WORDS = SENTENCE.split()
ENCODING = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)

# Where what is said differs: the first tokens of the channels' names.
FORK = [ENCODING.encode(name)[0] for name in ("final", "commentary")]


@dataclass(frozen=True)
class Transcript:
    """Token ids: what is asked, and what the model says to it."""

    asked: list[int]
    said: list[int]


def transcripts(count: int, seed: int) -> list[Transcript]:
    """So many conversations; the same for the same seed."""
    chance = random.Random(seed)
    return [_transcript(chance) for _ in range(count)]


def _transcript(chance: random.Random) -> Transcript:
    with_tool = chance.random() < 0.6
    messages = [_system(chance), *_developer(chance, with_tool=with_tool)]
    for _ in range(chance.choice([0, 0, 1, 2])):
        messages += [_user(chance), Message.from_role_and_content(Role.ASSISTANT, ANSWER).with_channel("final")]
    messages.append(_user(chance))
    answered = with_tool and chance.random() < 0.5
    if answered:
        messages += _called(chance)
    return Transcript(_rendered(messages), _said(call=with_tool and not answered))


def _system(chance: random.Random) -> Message:
    effort = chance.choice([ReasoningEffort.LOW, ReasoningEffort.MEDIUM, ReasoningEffort.HIGH])
    date = f"20{chance.randint(24, 29)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    content = SystemContent.new().with_reasoning_effort(effort).with_conversation_start_date(date)
    return Message.from_role_and_content(Role.SYSTEM, content)


def _developer(chance: random.Random, *, with_tool: bool) -> list[Message]:
    content, instructed = DeveloperContent.new(), chance.random() < 0.5
    if instructed:
        content = content.with_instructions(_words(chance, 40))
    if with_tool:
        parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        tool = ToolDescription.new(TOOL, "The weather in a city.", parameters=parameters)
        content = content.with_function_tools([tool])
    return [Message.from_role_and_content(Role.DEVELOPER, content)] if instructed or with_tool else []


def _user(chance: random.Random) -> Message:
    return Message.from_role_and_content(Role.USER, _words(chance, 12))


def _called(chance: random.Random) -> list[Message]:
    """A call of the tool and its answer."""
    call = Message.from_role_and_content(Role.ASSISTANT, json.dumps(json.loads(CALL)))
    call = call.with_channel("commentary").with_recipient(f"functions.{TOOL}").with_content_type("json")
    tool = Message.from_author_and_content(Author.new(Role.TOOL, f"functions.{TOOL}"), _words(chance, 6))
    return [call, tool.with_channel("commentary").with_recipient("assistant")]


def _words(chance: random.Random, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))


def _rendered(messages: list[Message]) -> list[int]:
    config = RenderConversationConfig(auto_drop_analysis=False)
    tokens: list[int] = ENCODING.render_conversation_for_completion(
        Conversation.from_messages(messages), Role.ASSISTANT, config
    )
    return tokens


def _said(*, call: bool) -> list[int]:
    thoughts = f"<|channel|>analysis<|message|>{THOUGHTS}<|end|><|start|>assistant"
    final = f"<|channel|>final<|message|>{ANSWER}<|return|>"
    tool = f"<|channel|>commentary to=functions.{TOOL} <|constrain|>json<|message|>{CALL}<|call|>"
    tokens: list[int] = ENCODING.encode(thoughts + (tool if call else final), allowed_special="all")
    return tokens
