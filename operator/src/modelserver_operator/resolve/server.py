"""The decision: may this ModelServer be served by this class, and if so, with which values?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.emotions import Emotions
from modelserver_operator.resolve.access import namespace, namespace_is_allowed
from modelserver_operator.resolve.admission import admission
from modelserver_operator.resolve.arguments import (
    options_are_allowed,
    options_are_not_fixed,
    options_are_not_ours,
    options_leave_steering_alone,
)
from modelserver_operator.resolve.asked import asked
from modelserver_operator.resolve.autoscaling import autoscaling
from modelserver_operator.resolve.classes import class_is_sound
from modelserver_operator.resolve.clients import allowed_origins, auth, rate_limit
from modelserver_operator.resolve.engine import engine
from modelserver_operator.resolve.facts import Facts
from modelserver_operator.resolve.fit import fit, weights_fit
from modelserver_operator.resolve.generation import generation
from modelserver_operator.resolve.hosts import hosts_are_allowed
from modelserver_operator.resolve.objectives import objectives
from modelserver_operator.resolve.optional import alerts, expose, service_monitor
from modelserver_operator.resolve.outcome import Refusal, Resolved, Valued
from modelserver_operator.resolve.parallelism import heads_can_be_split
from modelserver_operator.resolve.precision import device_has_dtype
from modelserver_operator.resolve.resources import resources
from modelserver_operator.resolve.rollout import drain_covers_requests, rollout
from modelserver_operator.resolve.source import image_volumes_are_there, source_is_allowed
from modelserver_operator.resolve.steering import steering
from modelserver_operator.resolve.unserved import shortcomings

Check = Callable[[ModelServer, ModelServerClass], Refusal | None]
ClusterCheck = Callable[[ModelServer, Facts], Refusal | None]

CHECKS: tuple[Check, ...] = (
    namespace_is_allowed,  # the class is for this namespace
    source_is_allowed,  # the class lets models come from there
    hosts_are_allowed,  # the class lets these hosts lead here
    class_is_sound,  # the class itself makes sense
    options_are_not_ours,  # no engine option says again what a field says
    options_are_not_fixed,  # no engine option that the class has fixed
    options_are_allowed,  # every engine option is on the class's list
    options_leave_steering_alone,  # with vectors, no engine option that steers
    device_has_dtype,  # the accelerators have the precision
    heads_can_be_split,  # the accelerators can share the model's layers
    weights_fit,  # the accelerators can hold the weights
    drain_covers_requests,  # a stopping pod can finish what it accepted
)
CLUSTER_CHECKS: tuple[ClusterCheck, ...] = (
    image_volumes_are_there,  # the cluster can mount a model in an image
)


def resolve(
    server: ModelServer, server_class: ModelServerClass, facts: Facts, *, former_source: str = ""
) -> Resolved | Refusal:
    """Every value with its reason, or the first check that fails.

    former_source: what was chosen for spec.autoscaling.metricsSource before; empty: nothing.
    """
    refusals = _refusals(server, server_class, facts)
    return next(refusals, None) or _resolved(server, server_class, facts, former_source)


def _refusals(server: ModelServer, server_class: ModelServerClass, facts: Facts) -> Iterator[Refusal]:
    """What the checks say, one at a time: a check may rely on those before it."""
    verdicts = chain(
        (check(server, server_class) for check in CHECKS),
        (check(server, facts) for check in CLUSTER_CHECKS),
    )
    return filter(None, verdicts)


def _resolved(server: ModelServer, server_class: ModelServerClass, facts: Facts, former_source: str) -> Resolved:
    return Resolved(
        name=server.metadata.name,
        namespace=namespace(server),
        class_name=server_class.metadata.name,
        served_names=(server.metadata.name, *server.spec.served_names),
        profile=server.spec.profile,
        model=server.spec.model,
        cache=server.spec.cache,
        emotions=server.spec.emotions or Emotions(),
        steering=steering(server.spec.emotions or Emotions()),
        engine=engine(server, server_class),
        admission=admission(server),
        generation=generation(server),
        auth=auth(server),
        rate_limit=rate_limit(server),
        allowed_origins=allowed_origins(server),
        rollout=rollout(server, server_class),
        resources=resources(server, server_class),
        fit=fit(server, server_class),
        replicas=Valued(server.spec.replicas, "spec.replicas"),
        autoscaling=autoscaling(server, facts, former_source),
        expose=expose(server, facts),
        service_monitor=service_monitor(server, facts),
        alerts=alerts(server, facts),
        objectives=objectives(server),
        paused=server.spec.paused,
        asked=asked(server),
        facts=facts,
        shortcomings=shortcomings(server, facts),
        placement=server_class.spec,
    )
