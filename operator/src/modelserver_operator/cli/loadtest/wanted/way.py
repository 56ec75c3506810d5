"""The way to a server: its address, what it takes to be let in, and the same for the generator."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from modelserver_operator.cli.loadtest.generating import plan

Kind = Literal["Direct", "ServiceProxy"]
PORTS = {"http": 80, "https": 443}
BY_PROXY = (
    "Asked through the API server, which adds its own time to every answer: take the figures for those of this way, "
    "not for the server's."
)


class WayError(ValueError):
    """No address; the message says what one looks like."""


@dataclass(frozen=True)
class Way:
    """A base URL without /v1, and how to be let in on it. model_server: namespace/name, where one was named."""

    url: str
    kind: Kind = "Direct"
    tls: ssl.SSLContext | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    model_server: str | None = None

    @property
    def note(self) -> str:
        """What is to be kept in mind."""
        return BY_PROXY if self.kind == "ServiceProxy" else ""

    def with_key(self, key: str | None, family: plan.Family) -> Mapping[str, str]:
        """The headers of a request that brings a key.

        The API server takes Authorization for its own; behind it the key goes as x-api-key, which our servers take too.
        """
        if not key:
            return self.headers
        if family is plan.Family.MESSAGES or self.kind == "ServiceProxy":
            return {**self.headers, "x-api-key": key}
        return {**self.headers, "Authorization": f"Bearer {key}"}

    def destination(self, headers: Mapping[str, str]) -> plan.Destination:
        """The same for the generator."""
        parts = urlsplit(self.url)
        assert parts.hostname, "is looked at where a Way is made"
        port = parts.port or PORTS[parts.scheme]
        authority = parts.netloc.removesuffix(f":{PORTS[parts.scheme]}")  # an IPv6 address keeps its brackets
        return plan.Destination(
            parts.hostname, port, self.tls, authority, parts.path.rstrip("/"), tuple(headers.items())
        )


def direct(url: str, ca_file: Path | None, *, insecure: bool, model_server: str | None = None) -> Way:
    """Raises WayError for what is no address of a server."""
    parts = _parts(url)
    if parts.query or parts.fragment or "@" in parts.netloc:  # they may hold a key, so they are not said again
        raise WayError("give the base URL alone, without user, query and fragment, and a key with --api-key")
    base = url.rstrip("/").removesuffix("/v1")
    tls = _tls(ca_file, insecure=insecure) if parts.scheme == "https" else None
    return Way(base, tls=tls, model_server=model_server)


def _parts(url: str) -> SplitResult:
    wrong = f"{url!r} is no URL of a server; it looks like http://host:8000 or https://host"
    try:
        parts = urlsplit(url)
        _ = parts.port  # is read only where it is asked for
    except ValueError as error:
        raise WayError(f"{wrong} ({error})") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise WayError(wrong)
    return parts


def _tls(ca_file: Path | None, *, insecure: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise WayError(f"{ca_file} holds no certificates of authorities: {error}") from error
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
