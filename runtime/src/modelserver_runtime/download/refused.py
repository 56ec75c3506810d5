"""What a user reads when the hub refuses for good: one sentence, the field to change first."""

from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from modelserver_runtime.download.sentences import REPO, REVISION, TOKEN


def sentence(error: HfHubHTTPError, repo: str, revision: str, host: str, *, has_token: bool) -> str:
    """Of an answer that asking again would not change."""
    status = error.response.status_code
    if isinstance(error, RevisionNotFoundError):
        return f"{REVISION}: {repo} has no branch, tag or commit {revision} at {host}."
    if isinstance(error, GatedRepoError):
        return _gated(repo, host, has_token=has_token)
    if isinstance(error, RepositoryNotFoundError):
        return _not_found(repo, host, has_token=has_token)
    if status in {401, 403}:
        token = "the token is refused" if has_token else "no token is given"
        return f"{TOKEN}: {host} answers {status} to {repo}, and {token}{_reason(error)}."
    return f"{REPO}: {host} answers {status} to {repo} at {revision}{_reason(error)}."


def _gated(repo: str, host: str, *, has_token: bool) -> str:
    terms = f"{repo} is gated at {host}: accept its terms there"
    if has_token:
        return f"{TOKEN}: {terms} as the user whose token this is, and see that the token may read gated models."
    return f"{TOKEN}: {terms} and name the secret with your token."


def _not_found(repo: str, host: str, *, has_token: bool) -> str:
    if has_token:
        return f"{REPO}: {host} has no model {repo}, or the token in tokenSecretRef may not read it."
    return f"{REPO}: {host} has no model {repo} that may be read without a token (tokenSecretRef)."


def _reason(error: HfHubHTTPError) -> str:
    """The hub's own words, cut to what a condition can hold."""
    said = (error.server_message or "").strip().partition("\n")[0].rstrip(".")[:200]
    return f" ({said})" if said else ""
