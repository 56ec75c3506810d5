"""The times of a pod's life, and how pods are replaced."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.rollout import Rollout
from modelserver_operator.resolve.admission import admission
from modelserver_operator.resolve.outcome import Refusal, ResolvedAdmission, ResolvedRollout, Valued
from modelserver_operator.resolve.profiles import PROFILES

# How long endpoints and proxies may go on sending after a pod has said that it stops; kube-proxy and common ingress
# controllers follow within one or two seconds.
LAME_DUCK_SECONDS = 5
# Stopping the engine's processes and freeing the accelerator, measured at under 10 s, with room.
TEARDOWN_SECONDS = 30
# A server that the kubelet has given up on has nothing to drain: it need not hold its accelerator for the grace period.
GIVEN_UP_SECONDS = 30
# The last answer's way to the client.
DRAIN_SPARE_SECONDS = 30
# Scheduling, pulling the image and mounting are not in the startup budget, which begins with the container.
SCHEDULING_SECONDS = 600
# 70B in 16 bit are 140 GB: at 1 Gbit/s, common between a hub and a cluster, some 20 minutes; three times that.
DOWNLOAD_SECONDS = 3600


def rollout(server: ModelServer, server_class: ModelServerClass) -> ResolvedRollout:
    """Every time in seconds. The grace period covers lame duck, drain and teardown; the progress deadline covers an
    old pod's whole drain and a new one's whole startup."""
    asked, bounds = server.spec.rollout or Rollout(), admission(server)
    startup, drain = _startup(server, asked), _drain(asked, bounds)
    grace = LAME_DUCK_SECONDS + drain.value + TEARDOWN_SECONDS
    return ResolvedRollout(
        strategy=_strategy(server, asked, server_class),
        startup_timeout_seconds=startup,
        drain_seconds=drain,
        lame_duck_seconds=Valued(LAME_DUCK_SECONDS, "time in which endpoints still send requests"),
        grace_period_seconds=Valued(
            grace, f"lame duck {LAME_DUCK_SECONDS} + drain {drain.value} + teardown {TEARDOWN_SECONDS}"
        ),
        progress_deadline_seconds=_progress_deadline(server, startup.value, grace),
    )


def drain_covers_requests(server: ModelServer, _: ModelServerClass) -> Refusal | None:
    """A stopping pod can finish what it has accepted, also where the profile fills the timeouts."""
    asked, bounds = server.spec.rollout or Rollout(), admission(server)
    longest = _longest_request(bounds)
    if _drain(asked, bounds).value >= longest:
        return None
    message = (
        f"drainSeconds {asked.drain_seconds} is less than queueTimeoutSeconds {bounds.queue_timeout_seconds.value}"
        f" plus requestTimeoutSeconds {bounds.request_timeout_seconds.value}; set it to at least {longest}."
    )
    return Refusal(Reason.SPEC_INVALID, message, "spec.rollout.drainSeconds")


def _longest_request(bounds: ResolvedAdmission) -> int:
    return bounds.queue_timeout_seconds.value + bounds.request_timeout_seconds.value


def _startup(server: ModelServer, asked: Rollout) -> Valued[int]:
    if asked.startup_timeout_seconds is not None:
        return Valued(asked.startup_timeout_seconds, "spec.rollout.startupTimeoutSeconds")
    return Valued(PROFILES[server.spec.profile].startup_timeout_seconds, f"profile {server.spec.profile}")


def _drain(asked: Rollout, bounds: ResolvedAdmission) -> Valued[int]:
    if asked.drain_seconds is not None:
        return Valued(asked.drain_seconds, "spec.rollout.drainSeconds")
    longest = _longest_request(bounds)
    return Valued(longest + DRAIN_SPARE_SECONDS, f"the longest request {longest} + {DRAIN_SPARE_SECONDS} to spare")


def _progress_deadline(server: ModelServer, startup: int, grace: int) -> Valued[int]:
    parts = {"startup": startup, "grace period": grace, "scheduling and image": SCHEDULING_SECONDS}
    if server.spec.model.hugging_face:
        parts["download"] = DOWNLOAD_SECONDS
    return Valued(sum(parts.values()), " + ".join(f"{name} {seconds}" for name, seconds in parts.items()))


def _strategy(server: ModelServer, asked: Rollout, server_class: ModelServerClass) -> Valued[str]:
    if asked.strategy != "Auto":
        return Valued(asked.strategy, "spec.rollout.strategy")
    if server_class.spec.accelerator:
        return Valued("Replace", "Auto: the class has accelerators, of which none may be free for a second pod")
    if server.spec.cache and server.spec.cache.access_mode == "ReadWriteOnce":
        return Valued("Replace", "Auto: the cache is ReadWriteOnce, which a second pod on another node cannot mount")
    return Valued("Surge", "Auto: the class needs no accelerator, so a second pod can start first")
