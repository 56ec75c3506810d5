"""Which ModelServers the given files hold more than once: a cluster would have the one that is applied last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from modelserver_operator.api import Problem
from modelserver_operator.cli.catalog import Catalog, Verdict
from modelserver_operator.cli.documents import Document
from modelserver_operator.resolve.access import namespace


def for_one_cluster(found: Catalog) -> Catalog:
    """Refuses what stands more than once in all of the files: which of them would count is not known."""
    return _without(found, _alike(found))


def for_any_clusters(found: Catalog) -> Catalog:
    """Refuses what stands more than once in one file; several files may be for several clusters."""
    return _without(found, [within for alike in _alike(found) for within in alike.by_file])


def in_several_files(found: Catalog) -> Iterator[str]:
    """Tells what only several clusters have room for."""
    for alike in _alike(found):
        if len(alike.by_file) > 1:
            yield f"{alike.documents[0].title} {alike.places}: one cluster has room for one of them"


@dataclass(frozen=True)
class _Alike:
    """The ModelServers of one name in a namespace."""

    namespace: str
    documents: list[Document]

    @property
    def by_file(self) -> list[_Alike]:
        files: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            files[document.place].append(document)
        return [_Alike(self.namespace, documents) for documents in files.values()]

    @property
    def places(self) -> str:
        *others, last = [f"{document.place}:{document.line}" for document in self.documents]
        times = "twice" if len(others) == 1 else f"{len(others) + 1} times"
        return f"stands {times}: at {', '.join(others)} and {last}"

    @property
    def problem(self) -> Problem:
        words = f"namespace {self.namespace} has room for one of this name, which {self.places}"
        return Problem("metadata.name", words)


def _alike(found: Catalog) -> list[_Alike]:
    groups: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for verdict in found.verdicts:
        if verdict.server:
            groups[namespace(verdict.server), verdict.document.name].append(verdict.document)
    return [_Alike(of, documents) for (of, _), documents in groups.items()]


def _without(found: Catalog, groups: Iterable[_Alike]) -> Catalog:
    """Of those that are alike nothing is left that is resolved."""
    repeated = [alike for alike in groups if len(alike.documents) > 1]
    problems = {id(document): alike.problem for alike in repeated for document in alike.documents}
    return replace(
        found, verdicts=[_refused(verdict, problems.get(id(verdict.document))) for verdict in found.verdicts]
    )


def _refused(verdict: Verdict, problem: Problem | None) -> Verdict:
    return Verdict(verdict.document, problems=[problem, *verdict.problems]) if problem else verdict
