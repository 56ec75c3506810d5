"""More than anybody should get at once."""

from tests.attempts.attempt import API_SERVER, Attempt, Manifest


def _download(**spec: object) -> Manifest:
    """A server whose one volume can be on one node only."""
    return {"model": {"huggingFace": {"repo": "org/name"}}, "cache": {"size": "1Gi"}, **spec}


ATTEMPTS = (
    Attempt("more pods than there may be", API_SERVER, "less than or equal to 1000", {"replicas": 1001}),
    Attempt("fewer than no pods", API_SERVER, "greater than or equal to 0", {"replicas": -1}),
    Attempt("pods beyond an integer", API_SERVER, "less than or equal to 1000", {"replicas": 1 << 40}),
    Attempt(
        "more accelerators than a node has", API_SERVER, "less than or equal to 64", {"accelerators": {"count": 65}}
    ),
    Attempt("no accelerators", API_SERVER, "greater than or equal to 1", {"accelerators": {"count": 0}}),
    Attempt("several pods on a volume of one node", API_SERVER, "replicas may be at most 1", _download(replicas=2)),
    Attempt(
        "requests without an end",
        API_SERVER,
        "less than or equal to 86400",
        {"admission": {"requestTimeoutSeconds": 1 << 31}},
    ),
    Attempt("a name for every model", API_SERVER, "servedNames", {"servedNames": [f"name-{n}" for n in range(17)]}),
)
