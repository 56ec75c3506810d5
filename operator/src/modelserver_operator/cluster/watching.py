"""One watch: what happens to the objects of one kind, an event a line, for as long as the API server tells it."""

import json
import random
from collections.abc import AsyncGenerator
from typing import NamedTuple

import aiohttp
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.client.rest import RESTResponse

from modelserver_operator.cluster.kinds import Manifest

SILENT_SECONDS = 90.0  # where nothing happens, an API server says so about once a minute
LASTING_SECONDS = (300, 600)  # at random, so that watches which began together do not all end together
LONGEST = 1 << 22  # bytes of an event; etcd's objects are smaller than half of it


class Event(NamedTuple):
    """type: ADDED, MODIFIED, DELETED, or BOOKMARK, whose object has nothing but a resourceVersion."""

    type: str
    object: Manifest


def query(version: str, labels: str, fields: str) -> dict[str, str]:
    """What is asked for: whatever is newer than the version, and the newest version now and then."""
    asked = {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": version,
        "timeoutSeconds": str(random.randint(*LASTING_SECONDS)),
    }
    selectors = {"labelSelector": labels, "fieldSelector": fields}
    return asked | {name: selector for name, selector in selectors.items() if selector}


async def events(http: aiohttp.ClientSession, url: str, query: dict[str, str]) -> AsyncGenerator[Event, None]:
    """The events until the stream ends. Raises ApiException, TimeoutError and aiohttp's errors."""
    timeout = aiohttp.ClientTimeout(total=None, connect=SILENT_SECONDS, sock_read=SILENT_SECONDS)
    async with http.get(url, params=query, timeout=timeout, read_bufsize=LONGEST) as response:
        if response.status != 200:
            refused = RESTResponse(response)
            await refused.read()  # type: ignore[no-untyped-call]
            raise ApiException(http_resp=refused)
        try:
            async for line in response.content:
                yield _event(line)
        except (ValueError, TypeError, KeyError) as error:  # a line was cut off, or another than an API server answers
            raise aiohttp.ClientPayloadError("what a watch has told is no event") from error


def _event(line: bytes) -> Event:
    """Raises ApiException for an error, and ValueError, TypeError or KeyError for what is no event."""
    told = json.loads(line)
    event = Event(told["type"], dict(told["object"]))
    if event.type == "ERROR":
        status = event.object
        raise ApiException(status=status.get("code", 500), reason=status.get("reason"), body=json.dumps(status))
    return event
