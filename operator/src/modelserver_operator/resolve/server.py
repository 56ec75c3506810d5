"""The decision: may this ModelServer be served by this class, and if so, with which values?"""

from __future__ import annotations

from collections.abc import Callable

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.emotions import Emotions
from modelserver_operator.resolve.access import namespace, namespace_is_allowed, source_is_allowed
from modelserver_operator.resolve.admission import admission
from modelserver_operator.resolve.arguments import (
    class_is_sound,
    options_are_allowed,
    options_are_not_fixed,
    options_are_not_ours,
)
from modelserver_operator.resolve.engine import engine
from modelserver_operator.resolve.facts import Facts
from modelserver_operator.resolve.optional import expose, service_monitor
from modelserver_operator.resolve.outcome import Refusal, Resolved
from modelserver_operator.resolve.precision import device_has_dtype
from modelserver_operator.resolve.replicas import replicas
from modelserver_operator.resolve.resources import resources
from modelserver_operator.resolve.rollout import drain_covers_requests, rollout

Check = Callable[[ModelServer, ModelServerClass], Refusal | None]

CHECKS: tuple[Check, ...] = (
    namespace_is_allowed,  # the class is for this namespace
    source_is_allowed,  # the class lets models come from there
    class_is_sound,  # the class itself makes sense
    options_are_not_ours,  # no engine option says again what a field says
    options_are_not_fixed,  # no engine option that the class has fixed
    options_are_allowed,  # every engine option is on the class's list
    device_has_dtype,  # the accelerators have the precision
    drain_covers_requests,  # a stopping pod can finish what it accepted
)


def resolve(server: ModelServer, server_class: ModelServerClass, facts: Facts) -> Resolved | Refusal:
    """Every value with its reason, or the first check that fails."""
    refusals = (check(server, server_class) for check in CHECKS)
    return next((refusal for refusal in refusals if refusal), None) or _resolved(server, server_class, facts)


def _resolved(server: ModelServer, server_class: ModelServerClass, facts: Facts) -> Resolved:
    return Resolved(
        name=server.metadata.name,
        namespace=namespace(server),
        class_name=server_class.metadata.name,
        served_names=(server.metadata.name, *server.spec.served_names),
        profile=server.spec.profile,
        model=server.spec.model,
        cache=server.spec.cache,
        emotions=server.spec.emotions or Emotions(),
        engine=engine(server, server_class),
        admission=admission(server),
        rollout=rollout(server, server_class),
        resources=resources(server, server_class),
        replicas=replicas(server),
        autoscaled=server.spec.autoscaling is not None,
        expose=expose(server, facts),
        service_monitor=service_monitor(server, facts),
        paused=server.spec.paused,
        facts=facts,
        shortcomings=(),
        placement=server_class.spec,
    )
