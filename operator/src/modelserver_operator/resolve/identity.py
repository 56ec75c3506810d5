"""How a server's pods and other children are found and asked; the names never change while the object lives."""

from __future__ import annotations

MANAGED_BY = "modelserver-operator"
# The labels of all servers' children, and the one that tells whose a child is.
SERVED = {"app.kubernetes.io/name": "modelserver"}
INSTANCE = "app.kubernetes.io/instance"
# The labels of the operator's own pods, as the chart sets them.
OPERATOR = {"app.kubernetes.io/name": MANAGED_BY}

# The metric that scalers read of a ModelServer; the runtime's own has a prefix.
LOAD = "unfinished_requests"

# The containers of a server's pod; the second brings the model, where it must be brought.
RUNTIME, DOWNLOAD = "runtime", "download"

# The volume that holds the live configuration.
LIVE_VOLUME = "live"
# The port of the runtime's container for probes, metrics and /stats; and for so long whoever asks there waits, on
# whatever way: it has a thread of its own, which answers also while the engine works.
CONTROL = "control"
ANSWER_SECONDS = 2.0
# The volumes that hold Secrets: the clients' keys, and the URL of a Redis. The kubelet names a volume that it cannot
# mount, and not always its Secret.
KEYS, REDIS = "keys", "redis"

# On a cache that outlives its ModelServer, and so cannot have it as its owner: the ModelServer's name.
RETAINED_FOR = "modelserver.dev/retained-for"
# On the Deployment: the digest of the pod template that it was given.
TEMPLATE = "modelserver.dev/template"
ASKED = "modelserver.dev/asked"
# And the spec.replicas that does not count, since a scaler has set the number of pods, or had set it.
REPLICAS_IGNORED = "modelserver.dev/replicas-ignored"
# On a pod: which live configuration its kubelet was last told to look for.
LIVE = "modelserver.dev/live"


def cache(name: str) -> str:
    """The claim of the volume that keeps what the ModelServer `name` has downloaded."""
    return f"{name}-cache"


def selector(name: str) -> dict[str, str]:
    """The labels that select the pods of the ModelServer `name` in its namespace, and no others."""
    return {**SERVED, INSTANCE: name}


def labels(name: str) -> dict[str, str]:
    """The labels of every child."""
    return {
        **selector(name),
        "app.kubernetes.io/managed-by": MANAGED_BY,
        "app.kubernetes.io/component": "server",
    }


def url(name: str, namespace: str) -> str:
    """Where clients in the cluster reach the server."""
    return f"http://{name}.{namespace}.svc"
