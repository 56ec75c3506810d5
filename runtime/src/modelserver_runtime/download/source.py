"""What to download from where, as the command line and the environment say it."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from modelserver_runtime.download.errors import NotPossibleError

HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Source:
    """A model at a revision, the hub's address, and the token that the hub is shown; "" is none."""

    repo: str
    revision: str
    endpoint: str = HUB
    token: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The hub's host, and its port if it is unusual."""
        return urlsplit(self.endpoint).netloc.rpartition("@")[2] or self.endpoint


def from_environment(repo: str, revision: str) -> Source:
    """With HF_ENDPOINT and HF_TOKEN, which the libraries know too; raises NotPossibleError for what is no token."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB
    token = os.environ.get("HF_TOKEN", "").strip()
    # The HTTP library's own error would show it.
    if not token.isascii() or not token.isprintable() or " " in token:
        raise NotPossibleError("spec.model.huggingFace.tokenSecretRef: what the secret holds is no token.")
    return Source(repo, revision, endpoint, token)
