"""Asking a cluster's API server whether things are so, without a client library."""

import http.client
import json
import ssl
from typing import Any

from tools.devcluster.sites import Site


class Api:
    """The API server as its administrator sees it. It is asked directly, whatever proxy the environment names."""

    def __init__(self, site: Site) -> None:
        pki = site.layout.pki
        self._host = site.block.node
        self._tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    def get(self, path: str) -> dict[str, Any] | None:
        """The object at a path; None when there is none or nobody answers."""
        body = self._get(path)
        return None if body is None else dict(json.loads(body))

    def ready(self) -> bool:
        """Whether the API server says so itself."""
        return self._get("/readyz") is not None

    def _get(self, path: str) -> bytes | None:
        connection = http.client.HTTPSConnection(self._host, 6443, timeout=5, context=self._tls)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return body if answer.status == http.HTTPStatus.OK else None


def condition(thing: dict[str, Any] | None, kind: str) -> bool:
    """Whether an object has a condition of this type with status True."""
    conditions = (thing or {}).get("status", {}).get("conditions", [])
    return any(each["type"] == kind and each["status"] == "True" for each in conditions)
