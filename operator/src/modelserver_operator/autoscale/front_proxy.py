"""Who is asking: the API server says so in headers, which count only with its certificate and under the names that a
ConfigMap of the cluster gives for them.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from modelserver_operator.cluster import CONFIG_MAP, Cluster, Manifest

NAMESPACE, NAME = "kube-system", "extension-apiserver-authentication"
AUTHENTICATED, UNAUTHENTICATED, ANONYMOUS = "system:authenticated", "system:unauthenticated", "system:anonymous"

Certificate = Mapping[str, Any]
"""What Python's ssl tells of a certificate that it has verified."""


class UnknownAskerError(Exception):
    """Nobody that is trusted says who is asking; the message says what is wrong."""


class UntrustworthyError(Exception):
    """The ConfigMap does not say whom to trust; the message says what is wrong with it."""


@dataclass(frozen=True)
class Trust:
    """Whom to believe. authority: the certificates, in PEM, that the front proxy's is signed by. names: its common
    names; empty means any. The rest are the headers in which it speaks of the user."""

    authority: str
    names: tuple[str, ...]
    user_headers: tuple[str, ...]
    uid_headers: tuple[str, ...]
    group_headers: tuple[str, ...]
    extra_prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Asker:
    """A user of the cluster, as the front proxy has told of it."""

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


def trust(config_map: Manifest) -> Trust:
    """What the ConfigMap says. Raises UntrustworthyError."""
    data: Mapping[str, str] = config_map.get("data") or {}
    authority = data.get("requestheader-client-ca-file", "")
    _require_certificates(authority)
    found = Trust(
        authority=authority,
        names=_list(data, "requestheader-allowed-names"),
        user_headers=_list(data, "requestheader-username-headers"),
        uid_headers=_list(data, "requestheader-uid-headers"),
        group_headers=_list(data, "requestheader-group-headers"),
        extra_prefixes=_list(data, "requestheader-extra-headers-prefix"),
    )
    if not found.user_headers:
        raise UntrustworthyError("requestheader-username-headers names no header")
    return found


def asker(trusted: Trust, certificate: Certificate | None, headers: CIMultiDictProxy[str], now: float) -> Asker:
    """Who is asking; `certificate` was verified when the connection was made. Raises UnknownAskerError."""
    _require_front_proxy(trusted, certificate or {}, now)
    user = next((value for name in trusted.user_headers if (value := headers.get(name))), "")
    if not user:
        raise UnknownAskerError(f"none of the headers {', '.join(trusted.user_headers)} names a user")
    uid = next((value for name in trusted.uid_headers if (value := headers.get(name))), "")
    groups = tuple(value for name in trusted.group_headers for value in headers.getall(name, []) if value)
    return Asker(user, uid, _with_authenticated(user, groups), _extra(trusted.extra_prefixes, headers))


async def read(cluster: Cluster) -> Trust:
    """What the cluster's ConfigMap says now. Raises ClusterError and UntrustworthyError."""
    found = await cluster.get(CONFIG_MAP, NAMESPACE, NAME)
    if found is None:
        raise UntrustworthyError("it does not exist")
    return trust(found)


def _require_certificates(pem: str) -> None:
    """Refuse what cannot be used to verify anybody."""
    try:
        ssl.create_default_context(cadata=pem or "none")
    except ssl.SSLError as error:
        raise UntrustworthyError("requestheader-client-ca-file holds no certificates") from error


def _list(data: Mapping[str, str], key: str) -> tuple[str, ...]:
    """JSON: a list of strings; nothing at all is an empty one."""
    text = data.get(key) or "[]"
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise UntrustworthyError(f"{key} is {text!r}, and not a list of strings in JSON")
    return tuple(found)


def _require_front_proxy(trusted: Trust, certificate: Certificate, now: float) -> None:
    if not certificate:
        raise UnknownAskerError("no client certificate: ask the API server, not this address")
    common_name = _common_name(certificate)
    if trusted.names and common_name not in trusted.names:
        raise UnknownAskerError(f"the client certificate of {common_name!r} is not the front proxy's")
    if ssl.cert_time_to_seconds(certificate["notAfter"]) < now:  # a connection may outlive it
        raise UnknownAskerError("the front proxy's client certificate has expired")


def _common_name(certificate: Certificate) -> str:
    """The last one, where it has several, as Go takes it."""
    names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    return names[-1] if names else ""


def _with_authenticated(user: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Whoever is known to be somebody is in this group, as in every API server, though the aggregator does not say so
    of itself when it asks for OpenAPI."""
    if user == ANONYMOUS or AUTHENTICATED in groups or UNAUTHENTICATED in groups:
        return groups
    return (*groups, AUTHENTICATED)


def _extra(prefixes: tuple[str, ...], headers: CIMultiDictProxy[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By key, which a header's name holds in small letters, with escapes for what no such name may hold."""
    found: dict[str, list[str]] = {}
    for prefix in prefixes:
        for name, value in headers.items():
            if name.lower().startswith(prefix.lower()):
                found.setdefault(unquote(name[len(prefix) :].lower()), []).append(value)
    return tuple((key, tuple(values)) for key, values in sorted(found.items()))
