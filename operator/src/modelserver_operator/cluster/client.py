"""Calls to the API server on raw paths: get, list, watch, apply, delete, status, events. Every call has a deadline."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import NamedTuple

from modelserver_operator.cluster import errors, watching
from modelserver_operator.cluster.calls import Calls, Query
from modelserver_operator.cluster.kinds import POD, SERVICE, Kind, Manifest, kind_of
from modelserver_operator.cluster.login import Door, Login

PAGE = 500  # objects a page, as in client-go's own pager

# An apply with a resourceVersion that no object can have creates the object, and is a conflict when there is one:
# etcd's first revision holds no object. Without it, a forced apply would take over what somebody else has just made.
ABSENT: Mapping[str, str] = {"resourceVersion": "1"}
DRY_RUN: Mapping[str, str] = {"dryRun": "All"}


def uid_is(uid: str) -> Mapping[str, str]:
    """The precondition that the object is still the one that was read."""
    return {"uid": uid}


class Page(NamedTuple):
    """A part of a list. version: the whole list's, from which a watch goes on."""

    items: list[Manifest]
    version: str


class Cluster:
    """One API server. Every method raises Unavailable, Rejected (NotFound), Conflict or NotLeading, and nothing else.

    `may_write` is asked before every write. `answered` hears of every call's verb and HTTP status (0: no answer).
    """

    def __init__(
        self,
        login: Login,
        *,
        deadline_seconds: float,
        may_write: Callable[[], bool] = lambda: True,
        answered: Callable[[str, int], None] = lambda _verb, _status: None,
    ) -> None:
        self._login = login
        self._calls = Calls(login, deadline_seconds, may_write, answered)
        self._call = self._calls.call

    async def __aenter__(self) -> "Cluster":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._calls.close()

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """The object as it is now, or None when there is none."""
        try:
            return await self._call("GET", kind.path(namespace, name))
        except errors.NotFound:
            return None

    async def list_all(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Manifest]:
        """All objects of a kind, in one namespace or in all, as many pages as it takes.

        `labels` and `fields` are selectors in kubectl's words.
        """
        return [item async for page in self.pages(kind, namespace, labels=labels, fields=fields) for item in page.items]

    def watch(
        self, kind: Kind, namespace: str | None = None, *, version: str, labels: str = "", fields: str = ""
    ) -> AsyncGenerator[watching.Event, None]:
        """What happens after `version`, until the API server ends it, which it does after some minutes.

        Unavailable when nothing is heard for watching.SILENT_SECONDS, and, with status 410, when `version` is too old.
        """
        return self._calls.watch(kind.path(namespace), watching.query(version, labels, fields))

    async def apply(
        self, manifest: Manifest, *, manager: str, precondition: Mapping[str, str] | None = None, dry_run: bool = False
    ) -> Manifest:
        """Server-side apply, forced, unknown fields refused: the object as it now is.

        `precondition` is ABSENT or uid_is(...); Conflict when it does not hold. dry_run: nothing is stored; the object
        is as it would be.
        """
        return await self._apply(manifest, manager, precondition or {}, subresource=None, dry_run=dry_run)

    async def apply_status(self, manifest: Manifest, *, manager: str, version: str) -> Manifest:
        """Server-side apply of an object's status; `manifest` holds apiVersion, kind, metadata and status.

        `version` is the resourceVersion that was read; Conflict when the object has changed since. A uid is no
        precondition here: the API server takes a status for whatever has the name.
        """
        return await self._apply(manifest, manager, {"resourceVersion": version}, subresource="status")

    async def delete(self, manifest: Manifest) -> None:
        """Delete the object that was read, by its uid, its dependents in the background. No error when it is gone."""
        kind, metadata = kind_of(manifest), manifest["metadata"]
        body = {"preconditions": {"uid": metadata["uid"]}, "propagationPolicy": "Background"}
        try:
            await self._call("DELETE", kind.path(metadata.get("namespace"), metadata["name"]), body=body)
        except errors.NotFound:
            return

    async def create(self, manifest: Manifest) -> Manifest:
        """POST an object. Only for Events, the Lease and access reviews; everything else is applied.

        Conflict when it exists.
        """
        namespace = manifest.get("metadata", {}).get("namespace")
        return await self._call("POST", kind_of(manifest).path(namespace), body=manifest)

    async def replace(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        """PUT an object as it was read, with changes; Conflict when it is no longer that one. Only for the Lease, and
        for what is not stored (dry_run)."""
        metadata = manifest["metadata"]
        path = kind_of(manifest).path(metadata.get("namespace"), metadata["name"])
        return await self._call("PUT", path, query=DRY_RUN if dry_run else None, body=manifest)

    async def ask_pod(self, pod: Manifest, port: int, path: str, query: Mapping[str, str]) -> Manifest:
        """What a pod answers to a GET of `path` at its port, as JSON, by way of the API server.

        It needs the right to get pods/proxy. Unavailable, too, when the pod does not answer, or no JSON object.
        """
        return await self._call("GET", f"{_proxy(pod, port)}/{path}", query=query)

    async def read_pod(self, pod: Manifest, port: int, path: str, query: Query) -> str:
        """The same where a pod answers with text."""
        return await self._calls.text(f"{_proxy(pod, port)}/{path}", query)

    async def service_door(self, namespace: str, service: str, port: str) -> Door:
        """The way to a Service's port by way of the API server, which takes the rights to get and create
        services/proxy. Nothing is asked."""
        door = await self._login.door()
        return door._replace(url=door.url + SERVICE.path(namespace, f"{service}:{port}", "proxy"))

    async def serves(self, kind: Kind) -> bool:
        """Whether the API server serves this kind; needs no rights but discovery."""
        try:
            served = await self._call("GET", f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.version}")
        except errors.NotFound:
            return False
        return any(resource["name"] == kind.plural for resource in served.get("resources", []))

    async def version(self) -> tuple[int, int] | None:
        """Kubernetes' major and minor version; None when the answer is not one. Needs no rights."""
        answer = await self._call("GET", "/version")
        numbers = [re.match(r"\d+", str(answer.get(part, ""))) for part in ("major", "minor")]  # vendors write "31+"
        major, minor = (int(number[0]) if number else None for number in numbers)
        return None if major is None or minor is None else (major, minor)

    async def pages(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> AsyncIterator[Page]:
        """The same list, a page at a time."""
        selectors = {"labelSelector": labels, "fieldSelector": fields}
        query = {"limit": str(PAGE)} | {name: selector for name, selector in selectors.items() if selector}
        while True:
            page = await self._call("LIST", kind.path(namespace), query=query)
            metadata = page.get("metadata", {})
            # Items of a list come without their type.
            items = [{"apiVersion": kind.api_version, "kind": kind.name} | item for item in page.get("items") or []]
            yield Page(items, metadata.get("resourceVersion", ""))
            following = metadata.get("continue")
            if not following:
                return
            query["continue"] = following

    async def _apply(
        self,
        manifest: Manifest,
        manager: str,
        precondition: Mapping[str, str],
        subresource: str | None,
        *,
        dry_run: bool = False,
    ) -> Manifest:
        metadata = manifest["metadata"]
        path = kind_of(manifest).path(metadata.get("namespace"), metadata["name"], subresource)
        query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        query |= DRY_RUN if dry_run else {}
        body = manifest | {"metadata": {**metadata, **precondition}}
        return await self._call("APPLY", path, query=query, body=body, content="application/apply-patch+yaml")


def _proxy(pod: Manifest, port: int) -> str:
    metadata = pod["metadata"]
    return POD.path(metadata["namespace"], f"{metadata['name']}:{port}", "proxy")
