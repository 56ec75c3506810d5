"""What the scripted engine says on each route, in the forms that vLLM has for it: an event, an end, a whole answer."""

import json
import time
from typing import Protocol

from tests.e2e.scripted.engine import USAGE

PROMPT_TOKENS = 9


class Answers(Protocol):
    """One route's forms. Events are bytes as they go over the wire."""

    def begin(self) -> bytes:
        """What comes before the first token, with it."""

    def event(self) -> bytes:
        """A token."""

    def end(self, tokens: int) -> bytes:
        """What comes after the last, which says how many they were."""

    def whole(self, tokens: int) -> bytes:
        """The JSON of an answer that is no stream."""


class Chat:
    """/v1/chat/completions; each event's `id` is the moment of its sending, in nanoseconds of time.monotonic."""

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def event(self) -> bytes:
        """As long as one of vLLM's."""
        return (
            b'data: {"id":"%020d","object":"chat.completion.chunk","created":1784000000,"model":"demo","choices":'
            b'[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null,"token_ids":null}]}\n\n'
            % time.monotonic_ns()
        )

    def end(self, tokens: int) -> bytes:
        """Usage and the end."""
        return f'data: {{"choices":[],{_usage(tokens)}}}\n\ndata: [DONE]\n\n'.encode()

    def whole(self, tokens: int) -> bytes:
        """One choice."""
        return f'{{"model":"demo","choices":[{{"message":{{"content":"a"}}}}],{_usage(tokens)}}}'.encode()


class Completions(Chat):
    """/v1/completions."""

    def event(self) -> bytes:
        """With the text itself."""
        return (
            b'data: {"id":"%020d","object":"text_completion","model":"demo","choices":[{"index":0,"text":" word"}]}\n\n'
            % time.monotonic_ns()
        )

    def whole(self, tokens: int) -> bytes:
        """One choice."""
        return f'{{"model":"demo","choices":[{{"index":0,"text":"a"}}],{_usage(tokens)}}}'.encode()


class Messages:
    """/v1/messages."""

    def begin(self) -> bytes:
        """The message, and its one block of text."""
        message = {"id": "msg_0", "type": "message", "role": "assistant", "content": [], "model": "demo"}
        usage = {"usage": {"input_tokens": PROMPT_TOKENS, "output_tokens": 0}}
        block = {"index": 0, "content_block": {"type": "text", "text": ""}}
        return _named("message_start", message=message | usage) + _named("content_block_start", **block)

    def event(self) -> bytes:
        """A word."""
        return _named("content_block_delta", index=0, delta={"type": "text_delta", "text": " word"})

    def end(self, tokens: int) -> bytes:
        """Usage and the end."""
        usage = {"input_tokens": PROMPT_TOKENS, "output_tokens": tokens}
        stopped = _named("message_delta", delta={"stop_reason": "max_tokens"}, usage=usage)
        return _named("content_block_stop", index=0) + stopped + _named("message_stop")

    def whole(self, tokens: int) -> bytes:
        """One block."""
        message = {"id": "msg_0", "type": "message", "role": "assistant", "model": "demo", "stop_reason": "max_tokens"}
        content = {"content": [{"type": "text", "text": "a"}]}
        usage = {"usage": {"input_tokens": PROMPT_TOKENS, "output_tokens": tokens}}
        return json.dumps(message | content | usage).encode()


ROUTES: dict[str, Answers] = {"/v1/messages": Messages(), "/v1/completions": Completions()}
CHAT = Chat()


def of(path: str) -> Answers:
    """The forms of a route; of one that has none, the chat's."""
    return ROUTES.get(path, CHAT)


def failed(status: int) -> bytes:
    """An error, as vLLM has it."""
    return json.dumps({"error": {"message": "scripted", "type": "scripted", "code": status}}).encode()


def _usage(tokens: int) -> str:
    return USAGE % (tokens, PROMPT_TOKENS + tokens)


def _named(name: str, **content: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **content})}\n\n".encode()
