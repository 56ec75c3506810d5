"""One login for the operator's own calls and for kopf's watches, or for a person's: service account or kubeconfig."""

import logging
import os
import ssl
from collections.abc import Callable, Mapping
from typing import NamedTuple

import aiohttp
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from modelserver_operator.cluster.kubeconfig import Kubeconfig, KubeconfigError

USER_AGENT = "modelserver-operator"
CONNECTIONS = 16  # each takes some 200 KB of memory for TLS, and the API server is no faster for more


class LoginError(Exception):
    """Neither a service account nor a usable kubeconfig; the message says what is missing."""


class Door(NamedTuple):
    """Where the API server lets one in, for whoever has an HTTP client of his own. tls: None where it has none."""

    url: str
    tls: ssl.SSLContext | None
    headers: Mapping[str, str]


class Login:
    """Where the API server is and who we are. A service account's token is read again every minute."""

    def __init__(
        self, configuration: Configuration, kubeconfig: Kubeconfig | None = None, user_agent: str = USER_AGENT
    ) -> None:
        self._configuration = configuration
        self._kubeconfig = kubeconfig
        self._user_agent = user_agent

    @classmethod
    async def load(cls) -> "Login":
        """Log in as KUBECONFIG says, else as the pod's service account. Raises LoginError."""
        files = os.environ.get("KUBECONFIG")
        return await cls.of(Kubeconfig(files) if files else None)

    @classmethod
    async def of(cls, kubeconfig: Kubeconfig | None, *, user_agent: str = USER_AGENT) -> "Login":
        """Log in as a kubeconfig says; without one, as the pod's service account. Raises LoginError."""
        login = cls(Configuration(), kubeconfig, user_agent)
        await login.refresh()
        # Python 3.13 wants extensions in certificates that many clusters' authorities lack; chains are still verified.
        login._configuration.disable_strict_ssl_verification = True
        login._configuration.connection_pool_maxsize = CONNECTIONS
        return login

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._configuration.host)

    async def refresh(self) -> None:
        """Read the credentials again: the answer to a 401. Raises LoginError."""
        complaints = _Complaints()
        try:
            with complaints:
                await self._read()
        except KubeconfigError as error:
            raise LoginError(f"cannot log in to Kubernetes: {error}") from error
        except (ConfigException, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise LoginError(self._failed(str(error))) from error  # whatever a kubeconfig may hold
        if complaints.said:
            raise LoginError(self._failed(complaints.said[0]))

    def _failed(self, why: str) -> str:
        files = self._kubeconfig.files if self._kubeconfig else ""
        source = f"the kubeconfig {files}" if files else "the pod's service account (KUBECONFIG is not set)"
        return f"cannot log in to Kubernetes with {source}: {why}"

    async def _read(self) -> None:
        if self._kubeconfig is None:
            load_incluster_config(self._configuration)  # type: ignore[no-untyped-call]
            return
        await load_kube_config(  # type: ignore[no-untyped-call]
            self._kubeconfig.files,
            context=self._kubeconfig.context().name,
            client_configuration=self._configuration,
            persist_config=False,
        )

    def client(self) -> ApiClient:
        """The official client, with this login. The caller closes it."""
        client = ApiClient(self._configuration)
        client.user_agent = self._user_agent
        return client

    def session(
        self,
        answered: Callable[[str, int], None] = lambda _verb, _status: None,
        *middlewares: aiohttp.ClientMiddlewareType,
    ) -> aiohttp.ClientSession:
        """An HTTP session with this login, for kopf, which closes it. Every request asks for the token anew.

        `answered` hears of every request's verb (GET, WATCH) and HTTP status (0: no answer).
        """
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=self.client().rest_client.ssl_context),
            headers={"User-Agent": self._user_agent},
            middlewares=(*middlewares, self._authorize, _counted(answered)),
            proxy=self._configuration.proxy,
            trust_env=True,  # HTTPS_PROXY and NO_PROXY, as the official client does
        )

    async def door(self) -> Door:
        """The API server's, with a token that is good for as long as tokens of this login are."""
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        tls = self.client().rest_client.ssl_context if self.server.startswith("https:") else None
        return Door(self.server, tls, {"Authorization": token} if token else {})

    async def _authorize(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            request.headers["Authorization"] = token
        return await handler(request)


class _Complaints(logging.Handler):
    """Hears what the official client only logs while it reads a kubeconfig, and then goes on without any login: that a
    plugin which brings the credentials has failed, for one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []
        self._log = logging.getLogger(load_kube_config.__module__)

    def __enter__(self) -> None:
        self._before, self._log.propagate = self._log.propagate, False
        self._log.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._log.propagate = self._before
        self._log.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is said."""
        self.said.append(record.getMessage())


def _counted(answered: Callable[[str, int], None]) -> aiohttp.ClientMiddlewareType:
    async def count(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        status = 0
        try:
            response = await handler(request)
            status = response.status
        finally:
            answered("WATCH" if "watch" in request.url.query else request.method, status)
        return response

    return count
