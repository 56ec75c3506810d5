"""Which ModelServers the given files hold more than once: a cluster would have the one that is applied last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from modelserver_operator.api import ModelServer, Problem
from modelserver_operator.cli.documents import Document
from modelserver_operator.resolve.access import namespace


def repeated(servers: Iterable[tuple[Document, ModelServer]]) -> dict[int, Problem]:
    """What is wrong with each of them, by its document's identity."""
    found: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document, server in servers:
        found[namespace(server), document.name].append(document)
    return {
        id(document): _problem(of, documents)
        for (of, _), documents in found.items()
        if len(documents) > 1
        for document in documents
    }


def _problem(of: str, documents: list[Document]) -> Problem:
    *places, last = [f"{document.place}:{document.line}" for document in documents]
    times = "twice" if len(documents) == 2 else f"{len(documents)} times"
    words = f"namespace {of} has room for one of this name, which stands {times}: at {', '.join(places)} and {last}"
    return Problem("metadata.name", words)
