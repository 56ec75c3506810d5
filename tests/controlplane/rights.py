"""Rights as the chart grants them and as the API server's audit log shows them used."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.chart.chart import Manifest, Rendered


class Right(NamedTuple):
    """May do this to all objects of the resource, written as RBAC does: `modelservers/status` is a resource."""

    group: str
    resource: str
    verb: str


def granted(rendered: Rendered, account: str) -> set[Right]:
    """What the roles grant that the chart binds to its ServiceAccount `account`."""
    bindings = [*rendered.all("ClusterRoleBinding"), *rendered.all("RoleBinding")]
    held = [each["roleRef"] for each in bindings if account in [subject["name"] for subject in each["subjects"]]]
    roles = [each for ref in held for each in rendered.all(ref["kind"]) if each["metadata"]["name"] == ref["name"]]
    return {right for role in roles for right in of_role(role)}


def of_role(role: Manifest) -> Iterator[Right]:
    """Every right of a Role or ClusterRole, resource names left out."""
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                yield from (Right(group, resource, verb) for verb in rule["verbs"])


# test_cluster.py tries the client with the operator's account, and what that may not do; it writes under this name.
OF_A_TEST = "fieldManager=t&"


def events(audit_log: Path, user: str, *, since: int = 0) -> list[dict[str, Any]]:
    """The audit log's events of a user, in order; what a test wrote in the user's name is left out.

    since: the log's size in bytes before which nothing is wanted.
    """
    whole, _, _ = audit_log.read_bytes()[since:].rpartition(b"\n")  # of the last line there may be only half
    found = [json.loads(line) for line in whole.splitlines()]
    return [each for each in found if each["user"]["username"] == user and OF_A_TEST not in each["requestURI"]]


def used(audited: list[dict[str, Any]]) -> set[Right]:
    """The rights without which these requests would have been refused; paths that are no resource need none."""
    return {right for event in audited if "objectRef" in event for right in _needed(event)}


def _needed(event: dict[str, Any]) -> Iterator[Right]:
    place = event["objectRef"]
    resource = "/".join(filter(None, (place["resource"], place.get("subresource"))))
    group = place.get("apiGroup", "")
    yield Right(group, resource, event["verb"])
    if event["verb"] == "patch" and event.get("responseStatus", {}).get("code") == 201:
        yield Right(group, resource, "create")  # applying what is not there is creating, which is asked for besides


def refused(audited: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of requests that were refused for want of a right; a 403 can have other causes, such as a quota."""
    decision = "authorization.k8s.io/decision"
    return [event for event in audited if event.get("annotations", {}).get(decision) == "forbid"]
