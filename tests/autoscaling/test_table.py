"""How a ModelServer is scaled, case by case, and the test in this folder that shows each."""

from pathlib import Path

import pytest

TABLE = {
    "AverageValue: the sum over the target, whatever the number of pods": "test_up_to_what_the_queue_needs",
    "fast up, bounded by policy": "test_fast_up_and_bounded_by_policy",
    "slow down": "test_slow_down",
    "pods that never were Ready count 0": "test_pods_that_never_were_ready_count_0",
    "terminating pods count for what they still serve": "test_terminating_pods_count_for_what_they_still_serve",
    "one of four pods unreadable: scaling goes on": "test_one_of_four_pods_unreadable",
    "nothing readable: frozen, with the reason": "test_nothing_readable_freezes",
    "autoscaling switched on over a running number": "test_switched_on_over_a_running_number",
    "autoscaling switched off": "test_switched_off",
    "min raised, max lowered": "test_min_raised_and_max_lowered",
    "0 replicas before": "test_0_replicas_before",
    "a user's own HPA: said": "test_a_users_own_hpa_is_said",
    "another source of the metric, and back": "test_switching_the_source_keeps_the_hpa",
    "scale-down removes a pod only through its drain": "test_scale_down_removes_a_pod_only_through_its_drain",
    "two ModelServers": "test_two_of_one_namespace_and_of_two_do_not_see_each_others_metric",
    "the operator restarted": "test_restarted_in_between",
    "two operators": "test_the_stand_by_answers_too",
    "each decision explained": "test_condition_status_and_events_tell_the_figures",
}


@pytest.mark.parametrize("case", TABLE)
def test_a_test_shows(case: str) -> None:
    """By its name: what is renamed or gone, is said here."""
    tests = "".join(file.read_text() for file in sorted(Path(__file__).parent.glob("test_*.py")))
    assert f"def {TABLE[case]}(" in tests
