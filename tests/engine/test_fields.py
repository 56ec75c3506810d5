"""The trust boundary against the pinned vLLM: no field of its request classes is without a decision of ours."""

from typing import Any

import pytest

from modelserver_runtime.stages.field_table import ALL, BY_ROUTE, Decision


@pytest.mark.parametrize("path", ALL)
def test_every_field_of_vllms_is_decided(vllm_schema: dict[str, Any], path: str) -> None:
    fields = set(vllm_schema["fields"][path])
    assert "model" in fields
    assert fields - set(BY_ROUTE[path]) == set()


@pytest.mark.parametrize("path", ALL)
def test_no_field_passes_that_vllm_would_ignore(vllm_schema: dict[str, Any], path: str) -> None:
    passed = {name for name, field in BY_ROUTE[path].items() if field.decision is Decision.PASSED}
    assert passed - set(vllm_schema["fields"][path]) == set()
