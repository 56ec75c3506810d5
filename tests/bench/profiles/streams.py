"""Streams asked for side by side, and what their callers see: the times of events, by a client that costs little."""

import asyncio
import json
import time
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

EVENT = b'data: {"id'  # an event of an answer; [DONE] is none


@dataclass(frozen=True)
class Burst:
    """Streams that ran at once. gaps: seconds between a stream's events."""

    tokens: int
    seconds: float
    first: list[float]
    gaps: list[float]


async def burst(url: str, streams: int, tokens: int) -> Burst:
    """So many streams of so many tokens each."""
    begun = time.monotonic()
    times = await asyncio.gather(*(_stream(url, tokens, index) for index in range(streams)))
    gaps = [later - earlier for seen in times for earlier, later in pairwise(seen)]
    return Burst(streams * tokens, time.monotonic() - begun, [seen[0] - begun for seen in times], gaps)


async def _stream(url: str, tokens: int, index: int) -> list[float]:
    """When each event came."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1 << 20)
    body = {"model": "demo", "prompt": f"Stream {index}", "max_tokens": tokens, "stream": True, "ignore_eos": True}
    sent = json.dumps(body).encode()
    head = (
        f"POST /v1/completions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}"
    )
    writer.write(head.encode() + b"\r\nConnection: close\r\n\r\n" + sent)
    seen = [time.monotonic() async for line in reader if line.startswith(EVENT)]
    writer.close()
    assert seen, "no event came"
    return seen
