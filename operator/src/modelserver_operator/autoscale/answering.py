"""From a request of the metrics API to its answer: who asks, whether it may, and then what it has asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from modelserver_operator.autoscale import asked, documents, openapi
from modelserver_operator.autoscale.access import Access
from modelserver_operator.autoscale.failures import Failures
from modelserver_operator.autoscale.front_proxy import Trust, UnknownAskerError, asker
from modelserver_operator.autoscale.known import Known, NotAutoscaledError, UnknownLoadError, load_of, loads_of
from modelserver_operator.cluster import ClusterError
from modelserver_operator.status.load import Load

JSON = "application/json"
ASKING = "ask the API server who may read metrics"


class RefusedError(Exception):
    """No answer: an HTTP status and why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answering:
    """Answers requests. `trust` is asked for at each one; `today` is the clock on the wall."""

    def __init__(
        self,
        known: Known,
        access: Access,
        failures: Failures,
        trust: Callable[[], Trust],
        today: Callable[[], datetime],
    ) -> None:
        self._known = known
        self._access = access
        self._failures = failures
        self._trust = trust
        self._today = today

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer, a refusal too; a Status says why."""
        try:
            return await self._answer(request)
        except RefusedError as refused:
            response = _response(documents.refusal(refused.code, str(refused)), status=refused.code)
            if refused.code == 401:
                response.force_close()  # a stranger is not kept
            return response

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        await self._require_allowed(request)
        if request.method != "GET":
            raise RefusedError(405, f"{request.method} is not among what can be done here: GET")
        resource = asked.resource(request.path)
        if resource is not None:
            return _response(self._values(resource, request.query))
        return self._document(request)

    async def _require_allowed(self, request: web.BaseRequest) -> None:
        transport = request.transport
        certificate = transport.get_extra_info("peercert") if transport else None
        try:
            who = asker(self._trust(), certificate, request.headers, self._today().timestamp())
            refused = await self._access.refused(who, asked.resource(request.path) or request.path)
        except UnknownAskerError as error:
            raise RefusedError(401, str(error)) from error
        except ClusterError as error:
            self._failures.failed(ASKING, error)
            raise RefusedError(503, f"the API server cannot be asked whether that is allowed: {error}") from error
        self._failures.done(ASKING)
        if refused is not None:
            raise RefusedError(403, refused)

    def _values(self, resource: asked.Resource, query: Mapping[str, str]) -> documents.Document:
        _require_served(resource)
        _require_no_selector(query)
        try:
            loads = self._loads(resource.namespace, resource.name)
        except (NotAutoscaledError, UnknownLoadError) as error:
            raise RefusedError(404, str(error)) from error
        return documents.values(resource.version, resource.namespace, loads, self._today())

    def _loads(self, namespace: str, name: str) -> list[tuple[str, Load]]:
        if name == asked.ALL:
            return loads_of(self._known, namespace)
        return [(name, load_of(self._known, namespace, name))]

    def _document(self, request: web.BaseRequest) -> web.Response:
        path = request.path.rstrip("/")
        accept = request.headers.get("Accept", "")
        if path == "/apis" and asked.wants_aggregated(accept):
            return _tagged(request, documents.aggregated(), documents.AGGREGATED)
        if path not in DOCUMENTS:
            raise RefusedError(404, f"there is nothing at {request.path}")
        if not asked.takes_json(accept):
            raise RefusedError(406, f"only {JSON} is to be had, and not {accept}")
        return _tagged(request, DOCUMENTS[path](), JSON)


def _resources(version: str) -> Callable[[], documents.Document]:
    return lambda: documents.resources(version)


def _v3(version: str) -> Callable[[], documents.Document]:
    return lambda: openapi.v3(version)


DOCUMENTS: Mapping[str, Callable[[], documents.Document]] = {
    "/apis": documents.groups,
    f"/apis/{documents.GROUP}": documents.group,
    "/openapi/v2": openapi.v2,
    "/openapi/v3": openapi.v3_paths,
    **{f"/apis/{documents.GROUP}/{version}": _resources(version) for version in documents.VERSIONS},
    **{f"/openapi/v3/apis/{documents.GROUP}/{version}": _v3(version) for version in documents.VERSIONS},
}


def _require_served(resource: asked.Resource) -> None:
    if not resource.served:
        place = f"/apis/{documents.GROUP}/VERSION/namespaces/NAMESPACE/{documents.RESOURCE}/NAME/{documents.METRIC}"
        raise RefusedError(404, f"the only metric is {place}, with * for NAME for those of a namespace")


def _require_no_selector(query: Mapping[str, str]) -> None:
    if query.get("labelSelector"):
        raise RefusedError(400, "labelSelector is not supported: give a ModelServer's name, or * for all")
    if query.get("metricLabelSelector"):
        raise RefusedError(400, f"metricLabelSelector is not supported: {documents.METRIC} has no labels")


def _tagged(request: web.BaseRequest, document: documents.Document, content_type: str) -> web.Response:
    """With an ETag; nothing but that for a caller that has this very document."""
    tags = {"ETag": f'"{openapi.digest(document)}"', "Vary": "Accept"}
    if tags["ETag"] in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=tags)
    return _response(document, content_type=content_type, headers=tags)


def _response(
    document: documents.Document,
    *,
    status: int = 200,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    return web.Response(
        body=json.dumps(document).encode() + b"\n",
        status=status,
        headers={**(headers or {}), "Content-Type": content_type},
    )
