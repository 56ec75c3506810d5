"""The demo's volumes: pods can read them, and nothing can write to them or take them over."""

from pathlib import Path

from tools.demo.volumes import pointer, read_only


def test_a_volume_is_read_only_and_kept_for_its_claim() -> None:
    volume, claim = read_only("models", "team", Path("/srv/models"))
    assert volume["spec"]["accessModes"] == claim["spec"]["accessModes"] == ["ReadOnlyMany"]
    assert volume["spec"]["claimRef"] == {"namespace": "team", "name": "models"}
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    assert volume["spec"]["hostPath"]["path"] == "/srv/models"


def test_a_pointer_follows_what_lies_in_the_cache(tmp_path: Path) -> None:
    link = tmp_path / "volumes" / "models"
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        assert pointer(link, tmp_path / name).resolve() == tmp_path / name
