"""What a user reads when the hub refuses for good: one sentence, the field to change first."""

from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from modelserver_runtime.download.sentences import REPO, REVISION, TOKEN
from modelserver_runtime.download.source import Source


def sentence(error: HfHubHTTPError, source: Source) -> str:
    """Of an answer that asking again would not change."""
    status, repo, host = error.response.status_code, source.repo, source.host
    if isinstance(error, RevisionNotFoundError):
        return f"{REVISION}: {repo} has no branch, tag or commit {source.revision} at {host}."
    if isinstance(error, GatedRepoError):
        return _gated(source)
    if isinstance(error, RepositoryNotFoundError):
        return _not_found(source)
    if status in {401, 403}:
        token = "the token is refused" if source.token else "no token is given"
        return f"{TOKEN}: {host} answers {status} to {repo}, and {token}{_reason(error)}."
    return f"{REPO}: {host} answers {status} to {repo} at {source.revision}{_reason(error)}."


def _gated(source: Source) -> str:
    terms = f"{source.repo} is gated at {source.host}: accept its terms there"
    if source.token:
        return f"{TOKEN}: {terms} as the user whose token this is, and see that the token may read gated models."
    return f"{TOKEN}: {terms} and name the secret with your token."


def _not_found(source: Source) -> str:
    if source.token:
        return f"{REPO}: {source.host} has no model {source.repo}, or the token in tokenSecretRef may not read it."
    return f"{REPO}: {source.host} has no model {source.repo} that may be read without a token (tokenSecretRef)."


def _reason(error: HfHubHTTPError) -> str:
    """The hub's own words, cut to what a condition can hold."""
    said = (error.server_message or "").strip().partition("\n")[0].rstrip(".")[:200]
    return f" ({said})" if said else ""
