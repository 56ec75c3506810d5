"""vectors.json: what is written can be read, and everything else is refused with a sentence."""

import hashlib
import json
from pathlib import Path

import pytest

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.index import FILE_NAME, Entry, read_bytes, read_index, write_folder


def test_a_written_folder_reads_back(tmp_path: Path) -> None:
    write_folder(tmp_path, {"happiness": b"one", "anger": b"two"})

    index = read_index(tmp_path)

    assert list(index.vectors) == ["anger", "happiness"]
    assert read_bytes(tmp_path, "anger", index.vectors["anger"]) == b"two"


def test_the_index_names_the_hash_of_the_bytes(tmp_path: Path) -> None:
    write_folder(tmp_path, {"fear": b"bytes"})

    document = json.loads((tmp_path / FILE_NAME).read_text())

    expected = {"file": "fear.safetensors", "sha256": hashlib.sha256(b"bytes").hexdigest()}
    assert document == {"schemaVersion": 1, "vectors": {"fear": expected}}


def test_other_bytes_under_the_same_name_are_refused(tmp_path: Path) -> None:
    index = write_folder(tmp_path, {"fear": b"bytes"})
    (tmp_path / "fear.safetensors").write_bytes(b"others")

    with pytest.raises(VectorError, match=r"vector 'fear': .* has SHA-256 .* and vectors.json says"):
        read_bytes(tmp_path, "fear", index.vectors["fear"])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    entry = Entry(file="gone.safetensors", sha256="0" * 64)

    with pytest.raises(VectorError, match=r"vector 'gone': .*gone\.safetensors cannot be read: No such file"):
        read_bytes(tmp_path, "gone", entry)


VALID = {"file": "a.safetensors", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "Invalid JSON"),
        ("[]", "the file: Input should be an object"),
        (json.dumps({"schemaVersion": 1}), "vectors: Field required"),
        (json.dumps({"schemaVersion": 2, "vectors": {}}), "schemaVersion: Input should be 1"),
        (json.dumps({"vectors": {"a": VALID}, "extra": 1}), "extra: Extra inputs are not permitted"),
        (json.dumps({"vectors": {"none": VALID}}), "no vector may be called none"),
        (json.dumps({"vectors": {"A b": VALID}}), "String should match pattern"),
        (json.dumps({"vectors": {"a": VALID | {"file": "../a.safetensors"}}}), "vectors.a.file: String should match"),
        (json.dumps({"vectors": {"a": VALID | {"file": "a.txt"}}}), "vectors.a.file: String should match"),
        (
            json.dumps({"vectors": {"a": VALID | {"file": "a.pt"}}}),
            "vectors.a.file: .*a.pt may be a pickle, which runs code when it is opened, .*: .* extract",
        ),
        (json.dumps({"vectors": {"a": VALID | {"file": "a.gguf"}}}), "vectors.a.file: .*`.* vectors import` makes"),
        (json.dumps({"vectors": {"a": VALID | {"sha256": "xyz"}}}), "vectors.a.sha256: String should match"),
    ],
)
def test_a_bad_index_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)

    with pytest.raises(VectorError, match=message):
        read_index(tmp_path)


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match=r"vectors\.json cannot be read: No such file"):
        read_index(tmp_path)
