"""The way to a cluster: the options that choose one as kubectl's do, and a sentence for whatever fails on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:  # the client takes a third of a second to import, which commands without a cluster need not
    from modelserver_operator.cluster import Cluster, ClusterError, Kubeconfig, Login

F = TypeVar("F", bound=Callable[..., Any])

DEADLINE_SECONDS = 20.0  # of one call: people wait for it
CLUSTER_OPTIONS = ("namespace", "kubeconfig", "kube_context")  # what they are called as parameters
OF_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")  # where the kubelet says it


class Connection(NamedTuple):
    """A cluster, and the namespace that is meant: the one asked for, else the context's, else `default`."""

    cluster: Cluster
    namespace: str


def cluster_options(command: F) -> F:
    """The options --kubeconfig and --context; the command gets the latter as `kube_context`."""
    kubeconfig = click.option(
        "--kubeconfig",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The kubeconfig file [default: what KUBECONFIG names, else ~/.kube/config].",
    )
    context = click.option(
        "--context", "kube_context", metavar="NAME", help="The context in it [default: its current one]."
    )
    return kubeconfig(context(command))


# Of the commands that ask for what is in a cluster; those that read files have another default.
live_namespace_option = click.option(
    "-n", "--namespace", metavar="NAME", help="The namespace [default: that of the context, else default]."
)


@asynccontextmanager
async def connected(
    kubeconfig: Path | None, context: str | None, namespace: str | None = None
) -> AsyncIterator[Connection]:
    """A cluster, for as long as the block lasts. Raises ClickException, also for a ClusterError in the block."""
    from modelserver_operator import cluster

    found = cluster.Kubeconfig.found(kubeconfig, context)
    try:
        chosen = _namespace(found, context)
        async with _opened(await cluster.Login.of(found, user_agent="modelserver")) as opened:
            yield Connection(opened, namespace or chosen)
    except (cluster.KubeconfigError, cluster.LoginError) as error:
        raise click.ClickException(_sentence(str(error))) from error
    except cluster.ClusterError as error:
        raise click.ClickException(failed(error)) from error


def failed(error: ClusterError) -> str:
    """The sentence for a call that has failed."""
    match error.status:
        case 401:
            return "The cluster does not accept the login, which may have expired: log in again, as for kubectl."
        case 403:
            return f"The cluster does not allow this: {error}."
        case 0:
            return _sentence(f"{error}. Is the cluster up, and is it the one that you mean?")
    return _sentence(f"the cluster answers: {error}")


def _opened(login: Login) -> Cluster:
    """Raises ClickException for certificates that cannot be used."""
    from modelserver_operator.cluster import Cluster

    try:
        return Cluster(login, deadline_seconds=DEADLINE_SECONDS)
    except OSError as error:
        raise click.ClickException(
            _sentence(f"the certificates that the kubeconfig names cannot be used: {error}")
        ) from error


def _namespace(kubeconfig: Kubeconfig | None, context: str | None) -> str:
    """Where kubectl would look. Raises ClickException where there is no way to any cluster, and KubeconfigError."""
    if kubeconfig:
        return kubeconfig.context().namespace or "default"
    if OF_POD.is_file() and not context:
        return OF_POD.read_text(encoding="utf-8").strip()
    raise click.ClickException(
        "There is no kubeconfig: name one with --kubeconfig or KUBECONFIG, or put it at ~/.kube/config."
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
