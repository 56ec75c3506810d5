"""What a user reads when a download ends: one sentence, the field to change first."""

REPO = "spec.model.huggingFace.repo"
REVISION = "spec.model.huggingFace.revision"
TOKEN = "spec.model.huggingFace.tokenSecretRef"  # noqa: S105 - the name of a field
CACHE = "spec.cache.size"


def offline(repo: str) -> str:
    """When nothing may be asked and the model is not there."""
    return f"HF_HUB_OFFLINE is set in the class's environment, and {repo} has not been downloaded yet."


def endpoint(error: Exception) -> str:
    """When HF_ENDPOINT is no address."""
    return f"HF_ENDPOINT in the class's environment is no http or https address ({error})."


def unreachable(host: str, seconds: float, reason: str) -> str:
    """When nothing new has come for as long as was allowed."""
    return f"The hub cannot be reached: nothing new has come from {host} for {seconds:g} s ({reason})."


def no_space(repo: str, needed: str, free: str) -> str:
    """When the volume is too small."""
    return f"{CACHE}: {repo} needs {needed} more, and {free} are free on the volume."


def above_limit(repo: str, needed: str, limit: str) -> str:
    """When the kubelet would end the pod for what the model takes of the node's disk."""
    return (
        f"spec.cache: {repo} needs {needed}, and a pod of this class may store {limit} on its node (ephemeralStorage): "
        "set spec.cache to keep the model on a volume, or use a class with more."
    )


def full(folder: str) -> str:
    """When somebody else has taken the space meanwhile."""
    return f"{CACHE}: the volume of {folder} is full."


def wrong_bytes(repo: str, file: str, host: str, times: int) -> str:
    """When a file never is what it should be."""
    return f"{REPO}: {file} of {repo} arrives from {host} with other bytes than it states, {times} times over."


def disk(error: OSError) -> str:
    """When the volume fails."""
    where = f" ({error.filename})" if error.filename else ""
    return f"spec.cache: the volume cannot be written: {error.strerror or error}{where}."
