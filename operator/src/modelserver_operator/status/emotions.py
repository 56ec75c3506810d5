"""Whether the pods steer as the ModelServer says, and under which names they answer: made of what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import Resolved
from modelserver_operator.status import words
from modelserver_operator.status.answers import Answer, Mute, Steering, Steers
from modelserver_operator.status.finding import Finding, quote
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen, condition, live_config_of

MOST_NAMES = 3
# The runtime names the file in which it has read what stands in the spec under the same names. A look begins at the
# beginning of a word alone: from within one of 100,000 characters each would be a look at all that follow.
OF_THE_SPEC = re.compile(r"(?<!\S)\S*/live\.yaml: (?=emotions\b)")
MOST_SERVED = 64  # names that a status has room for
# What pods have said stands while one of them was not heard yet: not heard is not news.
STANDING = (Reason.STEERING, Reason.EMOTIONS_REFUSED, Reason.EMOTIONS_DIFFER, Reason.EMOTIONS_UNKNOWN)
Check = Callable[[Observed, Steering], Finding | None]


def nobody_to_ask(seen: Observed, _: Steering) -> Finding | None:
    """No pod is ready; as a rule there is another cause, which is told instead."""
    if seen.ready_pods:
        return None
    return Finding(Reason.EMOTIONS_PENDING, "No pod is ready that could say how it steers.")


def refused(seen: Observed, steering: Steering) -> Finding | None:
    """A pod has read what is wanted and cannot do it, or cannot take over the vectors that lie there now."""
    for pod, said in _current(seen, steering):
        if isinstance(said, Steers) and said.refused and said.refused.live == steering.wanted:
            sentence = quote(OF_THE_SPEC.sub("spec.", said.refused.sentence))
            text = f"Pod {words.name(pod)} goes on steering as before and says why: {sentence}"
            return Finding(Reason.EMOTIONS_REFUSED, text)
    return None


def unknown(seen: Observed, steering: Steering) -> Finding | None:
    """A pod does not say how it steers."""
    for pod, said in _current(seen, steering):
        if isinstance(said, Mute):
            return Finding(Reason.EMOTIONS_UNKNOWN, f"How pod {words.name(pod)} steers is not known: {said.why}.")
    return None


def pending(seen: Observed, steering: Steering) -> Finding | None:
    """A pod has not taken it over yet."""
    late = [pod for pod, said in _current(seen, steering) if _is_other(said, steering)]
    if not late:
        return None
    text = (
        f"{_named(late)} still steer{'s' if len(late) == 1 else ''} as before; a change comes within seconds, or with "
        "the kubelet's next look at the ConfigMap, which takes up to two minutes."
    )
    return Finding(Reason.EMOTIONS_PENDING, text)


def older(seen: Observed, steering: Steering) -> Finding | None:
    """Pods of an older generation keep what that said, until they are replaced."""
    old = [pod for pod, said in _said(seen, steering) if not _is_to_follow(seen, pod) and _is_other(said, steering)]
    if not old:
        return None
    text = f"{_named(old)} of an older generation steer{'s' if len(old) == 1 else ''} as that said until replaced."
    return Finding(Reason.ROLLOUT_IN_PROGRESS, text)


def differing(seen: Observed, steering: Steering) -> Finding | None:
    """All have the same mixes, and not the same vectors."""
    said = [(pod, each) for pod, each in _said(seen, steering) if isinstance(each, Steers)]
    for (one, here), (other, there) in pairwise(said):
        if here.revision != there.revision:
            text = (
                f"Pods {words.name(one)} and {words.name(other)} do not steer alike{_by_what(here, there)}. Each pod "
                "reads vectors.json again every 10 s; if this lasts, they do not see the same folder of vectors."
            )
            return Finding(Reason.EMOTIONS_DIFFER, text)
    return None


def unheard(seen: Observed, steering: Steering) -> Finding | None:
    """A pod was asked and has not answered yet: a new one, or this operator is."""
    for pod, said in _said(seen, steering):
        if said is None:
            text = f"Pod {words.name(pod)} has not said yet how it steers; it is asked again."
            return _before(seen, steering) or Finding(Reason.EMOTIONS_PENDING, text)
    return None


def live(seen: Observed, steering: Steering) -> Finding | None:
    """The good news; who compares it with the header of answers knows the revision."""
    revisions = {said.revision for _, said in _said(seen, steering) if isinstance(said, Steers)}
    count = len(seen.ready_pods)
    text = (
        f"{count} pod{' steers' if count == 1 else 's steer'} as this generation says: revision {''.join(revisions)}."
    )
    return Finding(Reason.STEERING, text)


CHECKS: tuple[Check, ...] = (
    nobody_to_ask,  # no pod is ready
    refused,  # a pod says no
    unknown,  # a pod says nothing
    pending,  # a pod has not got it yet
    older,  # an old pod keeps what it has
    differing,  # the vectors are not the same everywhere
    unheard,  # a pod has said nothing yet
    live,  # all is well
)


def told(seen: Observed) -> Finding | None:
    """What is to be said of how the pods steer, good or bad; None without vectors."""
    steering = seen.children.steering
    if steering is None:
        return None
    return next(finding for check in CHECKS if (finding := check(seen, steering)))


def not_live(seen: Observed) -> Finding | None:
    """The first cause why the pods do not steer as this generation says; None: they do, or there are no vectors."""
    finding = told(seen)
    return None if finding and finding.reason == Reason.STEERING else finding


def served_names(seen: Observed, outcome: Resolved, previous: Mapping[str, Any]) -> list[str]:
    """The base model's names, and those of variants that every pod answers to now; while none is ready, those of
    before."""
    steering, wanted = seen.children.steering, [variant.name for variant in outcome.emotions.variants]
    if steering is None:
        return list(outcome.served_names)
    said = [each.variants for _, each in _said(seen, steering) if isinstance(each, Steers)]
    there = frozenset.intersection(*said) if said else {*previous.get("servedNames", ())} & {*wanted}
    ordered = [name for name in wanted if name in there] + sorted(there - {*wanted})
    return list(dict.fromkeys([*outcome.served_names, *ordered]))[:MOST_SERVED]


def _said(seen: Observed, steering: Steering) -> Iterator[tuple[Seen, Answer | None]]:
    """Each ready pod with its answer; None while it was not asked."""
    for pod in seen.ready_pods:
        yield pod, steering.answers.get(pod["metadata"].get("uid", ""))


def _current(seen: Observed, steering: Steering) -> Iterator[tuple[Seen, Answer | None]]:
    return ((pod, said) for pod, said in _said(seen, steering) if _is_to_follow(seen, pod))


def _is_to_follow(seen: Observed, pod: Seen) -> bool:
    """Whether the pod takes over what is wanted. Until the Deployment's controller has made the ReplicaSet of a new
    template, old pods are known by the ConfigMap alone: each template has its own."""
    template: Seen = (seen.children.deployment or {}).get("spec", {}).get("template", {}).get("spec", {})
    return seen.is_current(pod) and live_config_of(pod.get("spec", {})) == live_config_of(template)


def _is_other(said: Answer | None, steering: Steering) -> bool:
    """Whether it is known not to steer as wanted."""
    return said is not None and not (isinstance(said, Steers) and said.live == steering.wanted)


def _before(seen: Observed, steering: Steering) -> Finding | None:
    """What was found when the same was wanted, as far as it tells what pods have said."""
    before = condition(seen.previous, ConditionType.EMOTIONS_LIVE)
    if before.get("observedGeneration", 0) < steering.since or before["reason"] not in STANDING:
        return None
    return Finding(before["reason"], before["message"])


def _named(pods: list[Seen]) -> str:
    names, more = [words.name(pod) for pod in pods[:MOST_NAMES]], len(pods) - MOST_NAMES
    several = "Pods" if len(pods) > 1 else "Pod"
    return f"{several} {', '.join(names)}" + (f" and {more} more" if more > 0 else "")


def _by_what(here: Steers, there: Steers) -> str:
    """The vectors that are not the same in both, a few of them."""
    names = sorted({name for name, _ in here.vectors ^ there.vectors})
    return f" ({', '.join(names[:MOST_NAMES])}{' and others' if len(names) > MOST_NAMES else ''})" if names else ""
