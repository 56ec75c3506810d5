"""How a ModelServer is scaled, case by case, and the test that shows each: here, of the chart, or with pods alone; on a
real kubelet (`make test-e2e`), and under KEDA itself (`make test-keda`)."""

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
    "ours: both versions are served, and kubectl reads them": "test_kubectl_reads_both_versions",
    "another's version": "test_one_version_that_becomes_anothers_turns_it_off_and_is_left_alone",
    "an overwritten bundle": "test_a_bundle_that_others_overwrite_is_healed",
    "an expired certificate": "test_a_certificate_ran_out_while_the_operator_stood_still",
    "headers that somebody makes up": "test_nobody_gets_past_the_api_server",
    "no right to the metric": "test_whoever_has_no_right_is_refused_and_a_role_for_the_metric_is_enough",
    "the operator away: a namespace's end waits for it": "test_a_namespace_waits_for_an_operator_and_no_longer",
    "an install where another has a version": "test_who_has_a_version_keeps_it_and_the_install_says_so",
    "an upgrade and a rollback keep the bundle": "test_an_upgrade_and_a_rollback_keep_what_the_operator_wrote",
    "an uninstall": "test_an_uninstall_removes_the_api_services_first",
    "a pod that hangs delays no other ModelServer": "test_a_pod_that_hangs_keeps_no_other_servers_load_old",
    "KEDA instead, and back": "test_to_keda_and_back_without_a_dip",
    "a real kubelet: streams bring a pod, and none is lost when it goes": (
        "test_streams_bring_a_second_pod_and_their_end_takes_it_away_and_none_is_lost"
    ),
    "each decision explained": "test_condition_status_and_events_tell_the_figures",
}

HERE = Path(__file__).parent
CHART = HERE.parent / "chart"
FOLDERS = (HERE, CHART, HERE.parent / "unit" / "autoscale", HERE.parent / "e2e", HERE.parent / "keda")


@pytest.mark.parametrize("case", TABLE)
def test_a_test_shows(case: str) -> None:
    """By its name: what is renamed or gone, is said here."""
    tests = "".join(file.read_text() for folder in FOLDERS for file in sorted(folder.glob("test_*.py")))
    assert f"def {TABLE[case]}(" in tests


def test_make_test_autoscaling_runs_what_the_chart_shows() -> None:
    makefile = (HERE.parent.parent / "Makefile").read_text()
    target = makefile.partition("\ntest-autoscaling:")[2].partition("\n\n")[0]
    texts = {file.name: file.read_text() for file in CHART.glob("test_*.py")}
    shown = {name for name, text in texts.items() if any(f"def {test}(" in text for test in TABLE.values())}
    assert shown
    assert all(f"tests/chart/{name}" in target for name in shown)
