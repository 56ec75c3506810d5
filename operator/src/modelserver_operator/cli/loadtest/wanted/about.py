"""What a server says of itself before it is put under load: that it is there, its models, its version."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp

from modelserver_operator.cli.loadtest.wanted.way import Way
from modelserver_operator.cli.unreached import reason

SECONDS = 10.0  # for one answer
MODELS = "/v1/models"
REDIRECTS = (301, 302, 303, 307, 308)
API_SERVER_REFUSES = "Status"  # the kind of what Kubernetes says itself


class AboutError(Exception):
    """The server cannot be asked; the message says why, and what to do."""


@dataclass(frozen=True)
class About:
    """models: served names, in the server's order; `lengths` has the longest context of those that tell it."""

    server: str | None
    models: tuple[str, ...]
    lengths: Mapping[str, int]


@dataclass(frozen=True)
class _Answer:
    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str]  # by their names in any letters


async def about(way: Way, headers: Mapping[str, str]) -> About:
    """Its models, whose list takes the same key as what will be asked. No request is refused for it, in no count of the
    server's: what the load test is about is not asked before it.

    Raises AboutError.
    """
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    connector = aiohttp.TCPConnector(ssl=way.tls if way.tls is not None else True)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as session:
        listed = await _ask(session, f"{way.url}{MODELS}", way)
        _redirected(listed, way)
        itself = await _ask(session, f"{way.url}/", way)
    found = listed.document.get("data")
    cards = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    names = tuple(str(each["id"]) for each in cards if "id" in each)
    lengths = {str(each["id"]): each["max_model_len"] for each in cards if isinstance(each.get("max_model_len"), int)}
    return About(_server(itself, listed), names, lengths)


def _server(itself: _Answer, listed: _Answer) -> str | None:
    """Name and version as ours tell them at /, else the header that many have."""
    if itself.status == 200 and "version" in itself.document:
        return f"{itself.document.get('service', 'server')} {itself.document['version']}"
    return listed.headers.get("server")


async def _ask(session: aiohttp.ClientSession, url: str, way: Way) -> _Answer:
    try:
        async with session.get(url, allow_redirects=False) as response:
            answer = _Answer(response.status, _document(await response.read()), response.headers)
    except TimeoutError as error:
        raise AboutError(f"{way.url} does not answer within {SECONDS:g} s.") from error
    except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
        raise AboutError(f"{way.url} cannot be reached: {reason(error)}.") from error
    _refused(answer, way)
    return answer


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _redirected(answer: _Answer, way: Way) -> None:
    """Raises AboutError: the load asks this URL again and again, and a redirect is no answer."""
    if answer.status in REDIRECTS:
        place = urljoin(f"{way.url}{MODELS}", answer.headers.get("location", "")).removesuffix(MODELS)
        raise AboutError(f"{way.url} redirects to {place}: give that URL.")


def _refused(answer: _Answer, way: Way) -> None:
    """Raises AboutError where nothing may be asked."""
    if way.kind == "ServiceProxy" and answer.document.get("kind") == API_SERVER_REFUSES:
        raise AboutError(_of_cluster(answer, way))
    if answer.status in (401, 403):
        said = answer.document.get("error")
        words = said.get("message") if isinstance(said, dict) else None
        raise AboutError(f"{way.url} wants another API key (--api-key, MODELSERVER_API_KEY): {words or answer.status}")


def _of_cluster(answer: _Answer, way: Way) -> str:
    """The API server's own words, and what to do."""
    namespace, _, name = (way.model_server or "").partition("/")
    words = answer.document.get("message") or f"status {answer.status}"
    if answer.status == 403:
        return not_let_through(namespace, name, words)
    status = f"`modelserver status {name} -n {namespace}`"
    if answer.status == 404:
        return f"The server has no Service: {words}. {status} says how it is."
    kept = "If they are and a network policy keeps the API server away from them"
    return (
        f"The API server cannot reach the server: {words}. {status} says whether pods are ready. {kept}: use "
        f"{_around(namespace, name)}."
    )


def not_let_through(namespace: str, name: str, words: str) -> str:
    """Which right is missing, what the API server says of it, and the way around."""
    right = "takes the right to get and create services/proxy, which the role edit has"
    return (
        f"The cluster does not let you through to the server; it {right}. It says: {words}. Or use "
        f"{_around(namespace, name)}."
    )


def _around(namespace: str, name: str) -> str:
    return f"`kubectl port-forward -n {namespace} service/{name} 8000:80` and ask http://localhost:8000"
