"""The cache: keys follow content, entries are whole or absent, old ones go."""

import os
from pathlib import Path

import pytest
from tools.setup.fresh import fresh
from tools.setup.keys import key


def test_a_key_follows_names_and_bytes_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = key(tmp_path)
    (tmp_path / "a").write_text("2")
    second = key(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, key(tmp_path), key(tmp_path, "more")}) == 4


def test_a_key_does_not_follow_what_python_leaves_behind(tmp_path: Path) -> None:
    before = key(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("1")
    assert key(tmp_path) == before


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    assert key("ab", "c") != key("a", "bc")


def test_an_interrupted_entry_is_not_there(tmp_path: Path) -> None:
    def interrupted() -> None:
        with fresh(tmp_path / "entry") as making:
            making.mkdir()
            (making / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".making-entry").mkdir()
    with fresh(tmp_path / "entry") as making:
        making.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_only_the_newest_entries_stay(tmp_path: Path) -> None:
    for age, name in enumerate(["new", "old", "older"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    with fresh(tmp_path / "newest", keep=2) as making:
        making.touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "newest"]
