"""Why a pod waits for a Secret: it is not there, or lacks an entry. The kubelet says it; the operator reads none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelserver_operator.api import Reason
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.status import words
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen

# (volume, the kubelet's cause) in its words; for an entry that is missing it names the volume and not the Secret.
SAID = re.compile(r'volume "([^"]+)" : (.*)', re.DOTALL)


def missing(seen: Observed, pod: Seen) -> Finding | None:
    """A Secret that the pod mounts, or its entry, does not exist."""
    said = SAID.search(seen.complaint(pod))
    volume, cause = said.groups() if said else ("", "")
    wanted = next((text for mounted, text in _wanted(seen) if mounted == volume), None)
    if wanted is None or not ("not found" in cause or "non-existent" in cause):
        return None
    what = "does not exist" if "not found" in cause else "lacks the entry"
    namespace = pod["metadata"].get("namespace", "")
    text = f"Pod {words.name(pod)} waits for a Secret of namespace {namespace} that {what}: {wanted}"
    return Finding(Reason.SECRET_MISSING, f"{text} The pod starts within two minutes after that.")


def _wanted(seen: Observed) -> Iterator[tuple[str, str]]:
    """(volume, what to do) of each Secret that is mounted."""
    if not isinstance(seen.outcome, Resolved):
        return
    auth, rate = seen.outcome.auth, seen.outcome.rate_limit
    if auth:
        text = "create it with an entry for each client, its name and its key, or correct spec.auth.apiKeysSecretRef."
        yield identity.KEYS, f"{auth.api_keys_secret.value}; {text}"
    if rate and rate.redis:
        text = f"create it with the entry {rate.redis.value.key}, or correct spec.auth.rateLimit.redisSecretRef."
        yield identity.REDIS, f"{rate.redis.value.name}; {text}"
