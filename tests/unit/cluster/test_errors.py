"""Which error an HTTP answer becomes, and how long it asks to wait."""

import json
from typing import Any

import pytest
from kubernetes.aio.client.exceptions import ApiException

from modelserver_operator.cluster import Conflict, NotFound, Rejected, Unavailable
from modelserver_operator.cluster.errors import from_http

ANOTHER_UID = {"message": "m", "details": {"causes": [{"field": "metadata.uid", "message": "field is immutable"}]}}
ANOTHER_FIELD = {"message": "m", "details": {"causes": [{"field": "spec.selector", "message": "field is immutable"}]}}


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> ApiException:
    """What the official client raises."""
    error = ApiException(status=status, reason="Reason", body=body if isinstance(body, str) else json.dumps(body))
    error.headers = headers
    return error


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (0, None, Unavailable),
        (400, {"message": "m"}, Rejected),
        (401, {"message": "m"}, Unavailable),
        (403, {"message": "m"}, Rejected),
        (404, {"message": "m"}, NotFound),
        (408, None, Unavailable),
        (409, {"message": "m"}, Conflict),
        (410, {"message": "m"}, Unavailable),
        (413, "too large", Rejected),
        (422, ANOTHER_FIELD, Rejected),
        (422, ANOTHER_UID, Conflict),
        (429, {"message": "m"}, Unavailable),
        (500, {"message": "failed calling webhook"}, Unavailable),
        (500, {"message": "failed to create typed patch object (n/x; v1): .a: field not declared in schema"}, Rejected),
        (502, "<html>a proxy</html>", Unavailable),
        (503, "[]", Unavailable),
        (504, None, Unavailable),
    ],
)
def test_sorted_by_what_to_do_about_it(status: int, body: Any, kind: type[Exception]) -> None:
    error = from_http(answer(status, body))
    assert type(error) is kind
    assert error.status == status
    assert str(error)


def test_the_message_is_the_api_servers_own() -> None:
    error = from_http(answer(422, {"message": "spec.replicas: must not be negative", "reason": "Invalid"}))
    assert str(error) == "spec.replicas: must not be negative"
    assert error.reason == "Invalid"


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7"}, {"message": "m"}, 7.0),
        ({}, {"message": "m", "details": {"retryAfterSeconds": 3}}, 3.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None, 0.0),
        ({"Retry-After": "-1"}, None, 0.0),
        (None, None, 0.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_it_asks_to_wait(status: int, headers: dict[str, str] | None, body: Any, seconds: float) -> None:
    error = from_http(answer(status, body, headers))
    assert isinstance(error, Unavailable)
    assert error.retry_after == seconds
