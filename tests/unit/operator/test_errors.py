"""Which refusals of the API server pass by themselves, in its own words."""

from __future__ import annotations

import json

import pytest
from kubernetes.aio.client.exceptions import ApiException

from modelserver_operator.cluster import ClusterError, Conflict, NotFound, Rejected, Unavailable
from modelserver_operator.cluster.errors import from_http

# plugin/pkg/admission/gc, in an API server that has had the CRD for some seconds only.
NEW_KIND = (
    'configmaps "demo" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for '
    "APIVersion modelserver.dev/v1alpha1 Kind ModelServer: no matches for kind"
)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (403, NEW_KIND, Unavailable),
        (403, 'pods "a" is forbidden: exceeded quota: none', Rejected),
        (
            500,
            "failed to create typed patch object (team/demo; apps/v1, Kind=Deployment): field not declared",
            Rejected,
        ),
        (500, "failed calling webhook", Unavailable),
        (429, "too many requests", Unavailable),
        (401, "Unauthorized", Unavailable),
        (404, "not found", NotFound),
        (409, "the object has been modified", Conflict),
        (422, "spec.replicas: Invalid value", Rejected),
    ],
)
def test_what_passes_by_itself_is_tried_again(status: int, message: str, kind: type[ClusterError]) -> None:
    error = ApiException(status=status)
    error.body = json.dumps({"kind": "Status", "message": message})
    found = from_http(error)
    assert (type(found), str(found), found.status) == (kind, message, status)
