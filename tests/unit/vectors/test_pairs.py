"""Pair sets are read line by line, and the shipped ones keep their own lint's rules."""

import json
from collections import Counter
from pathlib import Path

import pytest

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.pairs import EMOTIONS, Pair, read, shipped
from modelserver_runtime.vectors.pairs.lint import lint

LINE = {"topic": "work", "person": "first", "positive": "I beam.", "negative": "I sit."}


def written(folder: Path, *lines: str) -> Path:
    path = folder / "joy.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_the_shipped_sets_pass_the_lint() -> None:
    assert lint({emotion: read(shipped(emotion)) for emotion in EMOTIONS}) == []


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_shipped_set_has_five_pairs_of_twelve_topics_and_twenty_of_each_person(emotion: str) -> None:
    pairs = read(shipped(emotion))

    assert set(Counter(pair.topic for pair in pairs).values()) == {5}
    assert Counter(pair.person for pair in pairs) == {"first": 20, "second": 20, "third": 20}
    assert len(pairs) == 60


def test_lines_are_read_in_their_order_and_blank_ones_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(LINE), "", json.dumps(LINE | {"topic": "sport"}), "")

    assert read(path) == [Pair.model_validate(LINE), Pair.model_validate(LINE | {"topic": "sport"})]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "the line: Invalid JSON"),
        ("[]", "the line: Input should be an object"),
        (json.dumps({key: LINE[key] for key in ("topic", "person", "positive")}), "negative: Field required"),
        (json.dumps(LINE | {"person": "fourth"}), "person: Input should be 'first', 'second' or 'third'"),
        (json.dumps(LINE | {"positive": " "}), "positive: String should match pattern"),
        (json.dumps(LINE | {"mood": "good"}), "mood: Extra inputs are not permitted"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(VectorError, match=rf"joy\.jsonl, line 2: {complaint}"):
        read(written(tmp_path, json.dumps(LINE), line))


def test_a_file_with_bytes_that_are_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "joy.jsonl"
    path.write_bytes(b'{"topic": "\xff"}')

    with pytest.raises(VectorError, match=r"joy\.jsonl, line 1: "):
        read(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="holds no pair of texts"):
        read(written(tmp_path, "", ""))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match=r"gone\.jsonl cannot be read: No such file"):
        read(tmp_path / "gone.jsonl")
