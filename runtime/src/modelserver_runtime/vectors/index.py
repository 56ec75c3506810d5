"""vectors.json: the names of a folder's vectors, the file of each, and the hash that its bytes must have.

Names are for people and may be given other bytes; the hash is what the engine side goes by.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from modelserver_runtime.vectors.errors import VectorError

FILE_NAME = "vectors.json"
MOST_VECTORS = 256  # 0.7 GB of a model of 70 billion parameters in each worker; six are shipped
MOST_BYTES = 1 << 20  # of vectors.json: so many vectors with the longest names take a tenth of it


# Forms in which other tools leave vectors; the first can be imported, the others run code when they are opened.
_GGUF = frozenset({".gguf"})
_PICKLES = frozenset({".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".npy", ".npz"})


def other_form(file: Path) -> str | None:
    """What to do with a file that is told from its name to be another tool's; None for any other."""
    if file.suffix.lower() in _GGUF:
        return f"{file.name} is a GGUF file: `modelserver-runtime vectors import` makes a vector of a control vector"
    if file.suffix.lower() in _PICKLES:
        return (
            f"{file.name} may be a pickle, which runs code when it is opened, and is never opened: make the vector "
            "anew from its texts with `modelserver-runtime vectors extract`, or export it to GGUF where it was made"
        )
    return None


def _not_reserved(name: str) -> str:
    if name == "none":
        raise ValueError("no vector may be called none: in a request it stands for the plain model")
    return name


# As the object bounds the names in a mix.
VectorName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$"), AfterValidator(_not_reserved)]


def _safetensors(file: str) -> str:
    if advice := other_form(Path(file)):
        raise ValueError(advice)
    return file


# One file beside vectors.json, never a path that leads out of the folder.
FileName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.safetensors$"), BeforeValidator(_safetensors)
]


class Entry(BaseModel):
    """One vector's file in the same folder, and the SHA-256 of its bytes in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    file: FileName
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Index(BaseModel):
    """The content of vectors.json."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1] = 1
    vectors: dict[VectorName, Entry] = Field(
        max_length=MOST_VECTORS,
        json_schema_extra={"additionalProperties": False, "propertyNames": {"not": {"const": "none"}}},
    )

    def to_bytes(self) -> bytes:
        """The file's content."""
        return (self.model_dump_json(by_alias=True, indent=2) + "\n").encode()


def read_index(folder: Path) -> Index:
    """The index of `folder`, checked for its form only.

    Raises:
        VectorError: vectors.json is missing, too large, no JSON, or breaks the schema.
    """
    path = folder / FILE_NAME
    try:
        return Index.model_validate_json(_read(path, MOST_BYTES))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise VectorError(f"{path}: {where}: {first['msg']}") from error


def read_bytes(folder: Path, name: str, entry: Entry, most: int | None = None) -> bytes:
    """The bytes of a vector's file, `most` where that is given, proven to be those that the index means.

    Raises:
        VectorError: the file is missing, too large or has other bytes.
    """
    path = folder / entry.file
    try:
        data = _read(path, most)
    except VectorError as error:
        raise VectorError(f"vector {name!r}: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != entry.sha256:
        raise VectorError(f"vector {name!r}: {path} has SHA-256 {found}, and {FILE_NAME} says {entry.sha256}")
    return data


def _read(path: Path, most: int | None) -> bytes:
    """The whole file; where it has more than `most` bytes, not even those that it has more come into memory."""
    try:
        with path.open("rb") as file:
            data = file.read(-1 if most is None else most + 1)
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    if most is not None and len(data) > most:
        raise VectorError(f"{path} has more than {most:,} bytes, and may have no more")
    return data


def add_to_folder(folder: Path, files: dict[str, bytes]) -> Index:
    """Add vectors' bytes, by name, to `folder`, which is made where it is not there; returns what its index says then.

    A pod may read the folder at any moment: each file has a name that only these bytes have, and is whole before it has
    that name; the index comes after them, at once; files that no longer stand in it go last.

    Raises:
        VectorError: the folder's index cannot be read, or it would have too many vectors.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = read_index(folder).vectors if (folder / FILE_NAME).exists() else {}
    if len(before.keys() | files.keys()) > MOST_VECTORS:
        raise VectorError(f"{folder} would have more than {MOST_VECTORS} vectors, and a server takes no more")
    added = {name: _written(folder, name, data) for name, data in files.items()}
    index = Index(vectors=dict(sorted((before | added).items())))
    _replace(folder / FILE_NAME, index.to_bytes())
    kept = {entry.file for entry in index.vectors.values()}
    for name in added:
        if name in before and before[name].file not in kept:
            (folder / before[name].file).unlink(missing_ok=True)
    return index


def _written(folder: Path, name: str, data: bytes) -> Entry:
    digest = hashlib.sha256(data).hexdigest()
    entry = Entry(file=f"{name}-{digest[:12]}.safetensors", sha256=digest)
    _replace(folder / entry.file, data)
    return entry


def _replace(path: Path, data: bytes) -> None:
    making = path.with_name(f".{path.name}.making")
    making.write_bytes(data)
    making.replace(path)


def write_folder(folder: Path, files: dict[str, bytes]) -> Index:
    """Write each vector's bytes as NAME.safetensors, then vectors.json; returns what it says.

    `folder` must exist. The index comes last, so that it never names a file that is not there yet.
    """
    entries = {}
    for name, data in sorted(files.items()):
        entries[name] = Entry(file=f"{name}.safetensors", sha256=hashlib.sha256(data).hexdigest())
        (folder / entries[name].file).write_bytes(data)
    index = Index(vectors=entries)
    (folder / FILE_NAME).write_bytes(index.to_bytes())
    return index
