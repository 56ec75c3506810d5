"""vectors.json: what is written can be read, and everything else is refused with a sentence."""

import hashlib
import json
from pathlib import Path

import pytest

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.folder import read_one
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import (
    FILE_NAME,
    MOST_VECTORS,
    Entry,
    Index,
    add_to_folder,
    read_bytes,
    read_index,
    write_folder,
)


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


def test_a_file_that_is_too_large_is_refused_and_not_read(tmp_path: Path) -> None:
    index = write_folder(tmp_path, {"fear": b"bytes"})
    entry = index.vectors["fear"]
    assert read_bytes(tmp_path, "fear", entry, most=5) == b"bytes"

    (tmp_path / entry.file).unlink()
    (tmp_path / entry.file).symlink_to("/dev/zero")
    with pytest.raises(VectorError, match=r"vector 'fear': .*fear\.safetensors has more than 5 bytes, and may have no"):
        read_bytes(tmp_path, "fear", entry, most=5)


def test_a_vectors_file_may_be_as_large_as_its_numbers_and_what_is_beside_them(tmp_path: Path) -> None:
    model = ModelIdentity(name="demo", config_sha256="0" * 64, layers=3, hidden_size=5)
    index = write_folder(tmp_path, {"fear": bytes(3 * 5 * 4 + (1 << 20) + 1)})
    with pytest.raises(VectorError, match="has more than 1,048,636 bytes"):
        read_one(tmp_path, "fear", index.vectors["fear"], model)


def test_an_index_that_is_too_large_is_refused_and_not_read(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to("/dev/zero")
    with pytest.raises(VectorError, match=r"vectors\.json has more than 1,048,576 bytes, and may have no more"):
        read_index(tmp_path)


def test_as_many_vectors_as_are_allowed_fit_with_the_longest_names(tmp_path: Path) -> None:
    names = [f"{number:063}" for number in range(MOST_VECTORS)]
    entries = {name: Entry(file=name * 3 + ".safetensors", sha256="0" * 64) for name in names}
    (tmp_path / FILE_NAME).write_bytes(Index(vectors=entries).to_bytes())
    assert len(read_index(tmp_path).vectors) == MOST_VECTORS


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
        (
            json.dumps({"vectors": {str(number): VALID for number in range(257)}}),
            "vectors: Dictionary should have at most 256 items after validation",
        ),
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


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_vector_is_added_beside_others(tmp_path: Path) -> None:
    write_folder(tmp_path, {"fear": b"fear"})

    index = add_to_folder(tmp_path, {"anger": b"anger"})

    assert list(index.vectors) == ["anger", "fear"]
    assert read_index(tmp_path) == index
    assert {name: read_bytes(tmp_path, name, entry) for name, entry in index.vectors.items()} == {
        "anger": b"anger",
        "fear": b"fear",
    }


def test_a_vector_is_added_to_a_folder_that_is_not_there(tmp_path: Path) -> None:
    add_to_folder(tmp_path / "new" / "vectors", {"anger": b"anger"})

    assert list(read_index(tmp_path / "new" / "vectors").vectors) == ["anger"]


def test_other_bytes_have_another_file_and_the_old_one_goes_last(tmp_path: Path) -> None:
    """So that whoever reads the folder at any moment finds the bytes that the index means."""
    before = add_to_folder(tmp_path, {"anger": b"old", "fear": b"old"}).vectors["anger"]

    after = add_to_folder(tmp_path, {"anger": b"new"}).vectors["anger"]

    assert after.file != before.file
    assert before.file not in names(tmp_path)
    assert len(names(tmp_path)) == 3


def test_more_vectors_than_a_server_takes_are_not_written(tmp_path: Path) -> None:
    index = add_to_folder(tmp_path, {f"v{number}": b"same" for number in range(MOST_VECTORS)})

    with pytest.raises(VectorError, match="would have more than 256 vectors"):
        add_to_folder(tmp_path, {"anger": b"one more"})
    assert read_index(tmp_path) == index
    assert not [*tmp_path.glob("anger*")]


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    once = add_to_folder(tmp_path, {"anger": b"same"})
    before = names(tmp_path)

    assert add_to_folder(tmp_path, {"anger": b"same"}) == once
    assert names(tmp_path) == before
