"""What the autoscaling benchmark reads off a Deployment and off a process."""

import os
import time

from tests.bench.autoscaling.load import processor_seconds
from tests.bench.autoscaling.steps import Asked
from tests.controlplane.kube import Manifest

ROUNDED_SECONDS = 2 / os.sysconf("SC_CLK_TCK")  # Linux tells whole ticks, of user and of system mode


def _deployment(replicas: int) -> Manifest:
    return {"metadata": {"name": "demo"}, "spec": {"replicas": replicas}}


def test_a_step_ends_when_so_many_pods_or_more_are_first_asked_for() -> None:
    asked, before = Asked(), time.monotonic()
    for replicas in (1, 1, 3):
        asked.see(_deployment(replicas))
    moment = asked.since("demo", 2)
    asked.see(_deployment(4))

    assert moment is not None
    assert before < moment < time.monotonic()
    assert asked.since("demo", 3) == moment
    assert asked.since("demo", 5) is None
    assert asked.since("other", 1) is None


def test_the_time_of_a_process_is_what_it_says_itself() -> None:
    before, found, after = time.process_time(), processor_seconds(os.getpid()), time.process_time()
    assert before - ROUNDED_SECONDS <= found <= after + ROUNDED_SECONDS
