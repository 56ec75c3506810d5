"""Upgrade and rollback on a real API server under real Pod Security admission."""

from tests.chart.release import CLASSES, CPU_FIRST, Release, version, with_image


def test_an_upgrade_to_itself_changes_nothing(release: Release) -> None:
    release.install(CPU_FIRST)
    before = release.versions()
    release.upgrade(CPU_FIRST)
    assert release.versions() == before
    assert {("ModelServerClass", "", name) for name in CLASSES} < set(before)


def test_a_changed_value_changes_its_class_and_the_copy_in_place_and_nothing_that_somebody_added(
    release: Release,
) -> None:
    release.install(CPU_FIRST)
    release.kubectl("label", "modelserverclass", "cpu", "team=a")
    before = {each["metadata"]["name"]: each for each in release.list("modelserverclasses")}
    release.upgrade(with_image("r.example.com/i:2"))
    after = {each["metadata"]["name"]: each for each in release.list("modelserverclasses")}
    for name in ("cpu", "default"):
        assert after[name]["spec"] == before[name]["spec"] | {"image": "r.example.com/i:2"}
        assert after[name]["metadata"]["uid"] == before[name]["metadata"]["uid"]
    assert version(after["nvidia"]) == version(before["nvidia"])
    assert after["cpu"]["metadata"]["labels"]["team"] == "a"


def test_a_value_that_is_taken_back_leaves_the_class(release: Release) -> None:
    release.install({"classes": {"cpu": {"priorityClassName": "high"}}})
    assert release.get("modelserverclass", "cpu")["spec"]["priorityClassName"] == "high"
    release.upgrade({})
    assert "priorityClassName" not in release.get("modelserverclass", "cpu")["spec"]


def test_a_rollback_takes_the_classes_back_too(release: Release) -> None:
    release.install(with_image("r.example.com/i:1"))
    release.upgrade(with_image("r.example.com/i:2"))
    uid = release.get("modelserverclass", "cpu")["metadata"]["uid"]
    release.rollback()
    found = release.get("modelserverclass", "cpu")
    assert (found["spec"]["image"], found["metadata"]["uid"]) == ("r.example.com/i:1", uid)
