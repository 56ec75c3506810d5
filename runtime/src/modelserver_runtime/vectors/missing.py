"""What a tool needs and this Python has not, as a sentence that says where it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from modelserver_runtime.vectors.errors import VectorError

_WITH_VLLM = frozenset({"torch", "transformers", "tokenizers", "safetensors", "numpy"})
_BESIDE_VLLM = frozenset({"matplotlib", "gguf"})  # the group `vectors` of runtime/pyproject.toml


@contextmanager
def needed_for(purpose: str) -> Iterator[None]:
    """Imports in this block that find nothing raise a VectorError; `purpose` begins its sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name in _WITH_VLLM:
            raise VectorError(
                f"{purpose} needs {error.name}: run this with the Python in which vLLM is installed"
            ) from error
        if error.name in _BESIDE_VLLM:
            raise VectorError(
                f"{purpose} needs {error.name}, which does not come with vLLM: pip install {error.name}"
            ) from error
        raise
