"""One request of a load, and what became of it. Nothing is asked twice: what a client library would mend is seen."""

import time
from enum import Enum
from typing import NamedTuple

import aiohttp
from tests.load.question import Question

REFUSING = (429, 503, 529)  # a server says "not now" and nothing is lost; 529 is Anthropic's 503
LONGEST_DETAIL = 300  # characters of a body that are told
NO_ANSWER_SECONDS = 120.0  # of silence


class Outcome(Enum):
    """What became of a request."""

    WHOLE = "whole"
    WRONG = "wrong"  # another answer
    CUT = "cut"  # the answer began, is right as far as it goes, and did not come to its end
    REFUSED = "refused"
    UNCONNECTED = "unconnected"  # nobody took the connection
    FAILED = "failed"  # sent, and answered by nothing or by an error


class Answer(NamedTuple):
    """How one request ended; `detail` says of all but a whole one what was seen."""

    outcome: Outcome
    detail: str = ""


async def ask(session: aiohttp.ClientSession, question: Question) -> Answer:
    """Send it and hear the answer to its end, or to whatever is in place of that."""
    began = time.monotonic()
    try:
        async with session.post(question.url, json=question.body, headers=question.headers) as response:
            if response.status != 200:
                return await _other_than_200(response)
            return await _compared(response, question)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return Answer(Outcome.UNCONNECTED, str(error))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Answer(Outcome.FAILED, f"{_named(error)} after {time.monotonic() - began:.3f} s, before any answer")


async def _other_than_200(response: aiohttp.ClientResponse) -> Answer:
    text = (await response.text())[:LONGEST_DETAIL]
    outcome = Outcome.REFUSED if response.status in REFUSING else Outcome.FAILED
    return Answer(outcome, f"{response.status} {text}")


async def _compared(response: aiohttp.ClientResponse, question: Question) -> Answer:
    body, ended = bytearray(), "ended"
    try:
        async for piece in response.content.iter_any():
            body += piece
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        ended = _named(error)
    said = question.said(bytes(body))
    seen = f"{ended} after {len(said)} of {len(question.whole)} bytes"
    if said == question.whole:
        return Answer(Outcome.WHOLE) if ended == "ended" else Answer(Outcome.CUT, seen)
    outcome = Outcome.CUT if question.whole.startswith(said) else Outcome.WRONG
    return Answer(outcome, f"{seen}: ...{said[-LONGEST_DETAIL:]!r}")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
