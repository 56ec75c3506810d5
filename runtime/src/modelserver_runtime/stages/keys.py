"""Who asks: the client whose key came with the request, or without keys the address that it came from."""

import hmac
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, IPv6Network
from typing import Protocol

from starlette.types import Scope

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.stages.key_files import Key, digest

Who = Callable[[Scope], str]  # a request's client, or Refused

BEARER = b"bearer "
MISSING = "No API key was sent: send it as `Authorization: Bearer KEY` or as `x-api-key: KEY`."
UNKNOWN = "Incorrect API key provided."
AMBIGUOUS = "Two different API keys were sent: Authorization and x-api-key must carry the same one."


class Known(Protocol):
    """Where the keys are."""

    def known(self) -> tuple[Key, ...]:
        """All keys that are valid now."""


class Keys:
    """Lets in whoever sends one of the known keys."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def client(self, scope: Scope) -> str:
        """The client that the request's key belongs to.

        Raises:
            Refused: 401, there is no key, an unknown one, or two different ones: whose request it is must be certain.
        """
        sent = {digest(key) for key in _sent(scope)}
        if len(sent) != 1:
            raise Refused(_invalid(AMBIGUOUS if sent else MISSING))
        client = _owner(sent.pop(), self._known.known())
        if client is None:
            raise Refused(_invalid(UNKNOWN))
        return client


def peer(scope: Scope) -> str:
    """The address at the other end of the connection: behind an Ingress that of the proxy.

    Of IPv6 it is the network of 64 bits: whoever has one has all 2^64 addresses in it (RFC 4291, 2.5.1).
    X-Forwarded-For is not read: whoever reaches the Service can write anything into it.
    """
    client: tuple[str, int] | None = scope.get("client")
    address = client[0] if client else "unknown"
    return _network(address) if ":" in address else address


def _network(address: str) -> str:
    found = IPv6Address(address.partition("%")[0])
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


def _sent(scope: Scope) -> Iterable[bytes]:
    """The keys in a request's headers; what is no bearer token (a proxy's Basic) is none."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            yield value.strip()
        elif name == b"authorization" and value[: len(BEARER)].lower() == BEARER:
            yield value[len(BEARER) :].strip()


def _owner(sent: bytes, keys: Iterable[Key]) -> str | None:
    """Whose key has that digest. All are compared, and in constant time: how long it takes tells nothing."""
    found = [key.client for key in keys if hmac.compare_digest(key.digest, sent)]
    return found[0] if found else None


def _invalid(message: str) -> Refusal:
    """A refusal that never repeats what was sent; the code is the one that OpenAI's servers give."""
    challenge = ((b"www-authenticate", b"Bearer"),)
    return Refusal(401, "invalid_key", message, code="invalid_api_key", headers=challenge)
