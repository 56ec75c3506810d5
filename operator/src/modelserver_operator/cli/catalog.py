"""What the given files hold: ModelServers, each with its class, and what is wrong with either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from modelserver_operator.api import API_VERSION, InvalidObject, ModelServer, ModelServerClass, Problem, Reason
from modelserver_operator.cli.documents import Document, Malformed, read
from modelserver_operator.resolve import ASSUMED, Facts, Refusal, Resolved, check_class, resolve
from modelserver_operator.resolve.local import local_class


@dataclass(frozen=True)
class Given:
    """A good class, and the place where it stands; empty for the built-in one."""

    server_class: ModelServerClass
    place: str = ""

    @property
    def name(self) -> str:
        """The class's name."""
        return self.server_class.metadata.name


@dataclass(frozen=True)
class Verdict:
    """What came of one document: a resolved ModelServer, a good class, or problems.

    server: the ModelServer, if it is a good one. given: the class that it was judged by, or the class that the
    document itself holds.
    """

    document: Document
    server: ModelServer | None = None
    given: Given | None = None
    resolved: Resolved | None = None
    problems: Sequence[Problem] = ()

    @property
    def asked(self) -> str:
        """The class that a ModelServer names."""
        return self.server.spec.class_name if self.server else ""

    @property
    def class_name(self) -> str:
        """The class that a ModelServer was judged by."""
        return self.given.name if self.server and self.given else ""


@dataclass(frozen=True)
class Catalog:
    """The documents of all files, judged; `skipped` are of kinds that are not ours."""

    verdicts: Sequence[Verdict]
    skipped: Sequence[Document] = field(default=())

    @property
    def resolved(self) -> list[Resolved]:
        """The ModelServers that can be served."""
        return [verdict.resolved for verdict in self.verdicts if verdict.resolved]

    @property
    def refused(self) -> list[Verdict]:
        """The documents that have problems."""
        return [verdict for verdict in self.verdicts if verdict.problems]


def catalog(files: Iterable[Path], class_files: Iterable[Path], namespace: str | None) -> Catalog:
    """Reads and judges: each file by the classes in it and in the class files, and by the built-in one without any. A
    file that is given twice is read once.

    namespace: of ModelServers that name none. Raises Malformed for a file that is no YAML, or a class file without a
    class.
    """
    classes = {file: _with_class(file) for file in class_files}
    apart = {file: classes[file] if file in classes else read(file) for file in files}
    shared = [document for documents in classes.values() for document in documents]
    beside = [document for file, documents in classes.items() if file not in apart for document in documents]
    groups = [*apart.values(), beside]
    skipped = [document for documents in groups for document in documents if not _is_ours(document)]
    return Catalog([verdict for documents in groups for verdict in _judged(documents, shared, namespace)], skipped)


def require_served(found: Catalog) -> list[Resolved]:
    """The ModelServers, all of which can be served. Raises ClickException with everything that is wrong."""
    if found.refused:
        raise click.ClickException("\n".join(line for verdict in found.refused for line in lines(verdict)))
    if not found.resolved:
        raise Malformed(f"no ModelServer of {API_VERSION} is in the given files")
    return found.resolved


def lines(verdict: Verdict) -> list[str]:
    """A document's problems, one a line."""
    return [f"{verdict.document.title}: {problem}" for problem in verdict.problems]


def _with_class(file: Path) -> list[Document]:
    """Without a class in it, the built-in one would judge, and nobody would notice."""
    documents = read(file)
    if not any(_is_ours(document) and document.kind == "ModelServerClass" for document in documents):
        raise Malformed(f"{file}: holds no ModelServerClass, which --class-file is for")
    return documents


def _judged(documents: Sequence[Document], shared: Sequence[Document], namespace: str | None) -> Iterator[Verdict]:
    """What comes of `documents`, for which the classes in `shared` are there, too."""
    ours = [document for document in (*documents, *shared) if _is_ours(document)]
    classes, errors = _classes([document for document in ours if document.kind == "ModelServerClass"])
    for document in documents:
        if _is_ours(document):
            yield _verdict(document, classes, errors, namespace)


def _is_ours(document: Document) -> bool:
    """Of our group; that its version is another one is a problem of the document."""
    version = document.manifest.get("apiVersion")
    return isinstance(version, str) and version.partition("/")[0] == API_VERSION.partition("/")[0]


def _classes(documents: Iterable[Document]) -> tuple[dict[str, Given], dict[int, InvalidObject]]:
    """The good classes by name, and the errors of the others by their document's identity."""
    classes, errors = {}, {}
    for document in documents:
        try:
            parsed = ModelServerClass.parse(document.manifest, strict=True)
            classes[parsed.metadata.name] = Given(parsed, document.place)
        except InvalidObject as error:
            errors[id(document)] = error
    return classes, errors


def _verdict(
    document: Document,
    classes: Mapping[str, Given],
    errors: Mapping[int, InvalidObject],
    namespace: str | None,
) -> Verdict:
    if document.kind == "ModelServer":
        return _server_verdict(document, classes, namespace, any_class=bool(classes or errors))
    if document.kind == "ModelServerClass":
        return _class_verdict(document, classes, errors.get(id(document)))
    return Verdict(document, problems=[Problem("kind", "must be ModelServer or ModelServerClass")])


def _class_verdict(document: Document, classes: Mapping[str, Given], error: InvalidObject | None) -> Verdict:
    if error:
        return Verdict(document, problems=error.problems)
    given = classes[document.name]
    problem = check_class(given.server_class)
    return Verdict(document, given=given, problems=[problem] if problem else [])


def _server_verdict(
    document: Document, classes: Mapping[str, Given], namespace: str | None, *, any_class: bool
) -> Verdict:
    try:
        server = ModelServer.parse(_in_namespace(document, namespace), strict=True)
    except InvalidObject as error:
        return Verdict(document, problems=error.problems)
    asked = server.spec.class_name
    given = classes.get(asked) if any_class else Given(local_class())
    if given is None:
        return Verdict(document, server, problems=[_no_class(asked, classes)])
    return judged(document, server, given, ASSUMED)


def judged(document: Document, server: ModelServer, given: Given, facts: Facts, former_source: str = "") -> Verdict:
    """What comes of a ModelServer with this class in a cluster of these facts."""
    outcome = resolve(server, given.server_class, facts, former_source=former_source)
    if isinstance(outcome, Refusal):
        return Verdict(document, server, given, problems=[Problem(outcome.field, outcome.message)])
    return Verdict(document, server, given, outcome)


def _in_namespace(document: Document, namespace: str | None) -> dict[str, object]:
    metadata = document.manifest.get("metadata")
    if not namespace or not isinstance(metadata, dict):
        return document.manifest
    return {**document.manifest, "metadata": {"namespace": namespace, **metadata}}


def _no_class(name: str, classes: Mapping[str, Given]) -> Problem:
    there = f"has {', '.join(sorted(classes))}" if classes else "has no valid one"
    return Problem(
        "spec.className", f"{Reason.CLASS_NOT_FOUND}: no class {name} is in this file or a class file ({there})"
    )
