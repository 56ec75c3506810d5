"""One login for the operator's own calls and for kopf's watches: a pod's service account, or KUBECONFIG."""

import os
from collections.abc import Callable

import aiohttp
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

USER_AGENT = "modelserver-operator"
CONNECTIONS = 16  # each takes some 200 KB of memory for TLS, and the API server is no faster for more


class LoginError(Exception):
    """Neither a service account nor a usable KUBECONFIG; the message says what is missing."""


class Login:
    """Where the API server is and who we are. A service account's token is read again every minute."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    @classmethod
    async def load(cls) -> "Login":
        """Log in as KUBECONFIG says, else as the pod's service account. Raises LoginError."""
        login = cls(Configuration())
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
        kubeconfig = os.environ.get("KUBECONFIG")
        try:
            if kubeconfig:
                await load_kube_config(kubeconfig, client_configuration=self._configuration, persist_config=False)  # type: ignore[no-untyped-call]
            else:
                load_incluster_config(self._configuration)  # type: ignore[no-untyped-call]
        except (ConfigException, OSError, AttributeError) as error:  # AttributeError: no file at KUBECONFIG at all
            source = f"KUBECONFIG={kubeconfig}" if kubeconfig else "the pod's service account (KUBECONFIG is not set)"
            raise LoginError(f"cannot log in to Kubernetes with {source}: {error}") from error

    def client(self) -> ApiClient:
        """The official client, with this login. The caller closes it."""
        client = ApiClient(self._configuration)
        client.user_agent = USER_AGENT
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
            headers={"User-Agent": USER_AGENT},
            middlewares=(*middlewares, self._authorize, _counted(answered)),
            proxy=self._configuration.proxy,
            trust_env=True,  # HTTPS_PROXY and NO_PROXY, as the official client does
        )

    async def _authorize(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            request.headers["Authorization"] = token
        return await handler(request)


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
