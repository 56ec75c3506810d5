"""Streams of the server "shared", each over a connection of its own: for each the Service chooses a pod."""

import time
from typing import Any

import httpx
import openai
from openai.types import Completion

SECONDS = 300  # for what takes a few on an idle machine
CLIENT: Any = {"api_key": "none", "max_retries": 0, "timeout": SECONDS, "default_headers": {"Connection": "close"}}


def client(url: str) -> openai.OpenAI:
    """Tries nothing again."""
    return openai.OpenAI(base_url=f"{url}/v1", **CLIENT)


def begun(caller: openai.OpenAI, tokens: int) -> "openai.Stream[Completion]":
    """A stream of so many tokens, once it is accepted."""
    return caller.completions.create(
        model="shared", prompt="Once", max_tokens=tokens, stream=True, extra_body={"ignore_eos": True}
    )


def end(stream: "openai.Stream[Completion]") -> str | None:
    """The reason why it ended, after all of it; raises what it was broken off with."""
    return [chunk.choices[0].finish_reason for chunk in stream][-1]


def until_refused(url: str, tokens: int, ended: list[str | None]) -> None:
    """Ask on until one is not accepted, for there is nobody or who is there takes no more; adds how each ended."""
    deadline = time.monotonic() + SECONDS
    with client(url) as caller:
        while stream := _accepted(caller, tokens):
            ended.append(end(stream))
            assert time.monotonic() < deadline, f"still accepted after {SECONDS} s"


def _accepted(caller: openai.OpenAI, tokens: int) -> "openai.Stream[Completion] | None":
    try:
        return begun(caller, tokens)
    except openai.InternalServerError as error:
        if error.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            raise
    except openai.APIConnectionError as error:
        if not isinstance(error.__cause__, httpx.ConnectError):
            raise  # it was connected: somebody had it, and lost it
    return None
