"""The bounds of the load."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.api.admission import Admission
from modelserver_operator.resolve.choice import Choice
from modelserver_operator.resolve.engine import max_sequences
from modelserver_operator.resolve.outcome import ResolvedAdmission, Valued


def admission(server: ModelServer) -> ResolvedAdmission:
    """The bounds, from the spec or the profile; as many requests run as the engine has sequences."""
    choose = Choice(server.spec.profile, server.spec.admission or Admission(), "spec.admission")
    return ResolvedAdmission(
        max_running=choose.asked("max_running") or Valued(max_sequences(server).value, "engine.maxSequences"),
        max_waiting=choose.asked_or_profile("max_waiting"),
        queue_timeout_seconds=choose.asked_or_profile("queue_timeout_seconds"),
        request_timeout_seconds=choose.asked_or_profile("request_timeout_seconds"),
        max_body_bytes=choose.asked_or_profile("max_body_bytes"),
        refuse_early_above_percent=choose.asked_or_profile("refuse_early_above_percent"),
    )
