"""vectors.json: the names of a folder's vectors, the file of each, and the hash that its bytes must have.

Names are for people and may be given other bytes; the hash is what the engine side goes by.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from modelserver_runtime.vectors.errors import VectorError

FILE_NAME = "vectors.json"


def _not_reserved(name: str) -> str:
    if name == "none":
        raise ValueError("no vector may be called none: in a request it stands for the plain model")
    return name


# As the object bounds the names in a mix.
VectorName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$"), AfterValidator(_not_reserved)]
# One file beside vectors.json, never a path that leads out of the folder.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.safetensors$")]


class Entry(BaseModel):
    """One vector's file in the same folder, and the SHA-256 of its bytes in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    file: FileName
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Index(BaseModel):
    """The content of vectors.json."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1] = 1
    vectors: dict[VectorName, Entry]


def read_index(folder: Path) -> Index:
    """The index of `folder`, checked for its form only.

    Raises:
        VectorError: vectors.json is missing, no JSON, or breaks the schema.
    """
    path = folder / FILE_NAME
    try:
        return Index.model_validate_json(path.read_bytes())
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise VectorError(f"{path}: {where}: {first['msg']}") from error


def read_bytes(folder: Path, name: str, entry: Entry) -> bytes:
    """The bytes of a vector's file, proven to be those that the index means.

    Raises:
        VectorError: the file is missing or has other bytes.
    """
    path = folder / entry.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VectorError(f"vector {name!r}: {path} cannot be read: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != entry.sha256:
        raise VectorError(f"vector {name!r}: {path} has SHA-256 {found}, and {FILE_NAME} says {entry.sha256}")
    return data


def write_folder(folder: Path, files: dict[str, bytes]) -> Index:
    """Write each vector's bytes as NAME.safetensors, then vectors.json; returns what it says.

    `folder` must exist. The index comes last, so that it never names a file that is not there yet.
    """
    entries = {}
    for name, data in sorted(files.items()):
        entries[name] = Entry(file=f"{name}.safetensors", sha256=hashlib.sha256(data).hexdigest())
        (folder / entries[name].file).write_bytes(data)
    index = Index(vectors=entries)
    (folder / FILE_NAME).write_text(index.model_dump_json(by_alias=True, indent=2) + "\n", encoding="utf-8")
    return index
