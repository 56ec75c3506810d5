"""The weights of well-known models against what their files weigh as published, and the table in docs/memory.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests.unit.memory.configs import NAMES, of, published, setting

from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.memory import facts_of
from modelserver_operator.resolve.memory.cache import token_bytes

PAGE = Path(__file__).parents[3] / "docs" / "memory.md"
# Where headers of files are counted, for want of an index, and what vLLM no longer serves: see each file's _published.
EXACT = {"deepseek-v3": 2e-5, "qwen2.5-0.5b-instruct": 4e-5, "llama-3.3-70b-instruct-w4a16": 7e-4}


def test_there_are_ten_and_more() -> None:
    assert len(NAMES) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_as_published(name: str) -> None:
    """To the byte, but for what EXACT says."""
    assert of(name).published_bytes == pytest.approx(published(name).weights, rel=EXACT.get(name, 0), abs=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_what_is_estimated(name: str) -> None:
    row = re.search(rf"^\| `{re.escape(name)}` \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    assert row, f"docs/memory.md has no row of {name}"
    stated = [cell.strip() for cell in row[1].split("|")]
    size, expected = of(name).published_bytes, published(name).weights
    error = 100 * (size / expected - 1)
    assert stated == [f"{size:,}", f"{expected:,}", f"{error:.3f} %", f"{token_bytes(of(name), setting()):,}"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b-instruct"),
        ("Qwen/Qwen3-30B-A3B", "qwen3-30b-a3b"),
        ("Llama-3.1-8B in fp8", "llama-3.1-8b-instruct-fp8-dynamic"),
        ("deepseek-ai/DeepSeek-V3", "deepseek-v3"),
    ],
)
def test_the_page_says_which_facts_to_write_down(title: str, name: str) -> None:
    row = re.search(rf"^\| {re.escape(title)} \| `(.*)` \|$", PAGE.read_text(), re.MULTILINE)
    assert row, f"docs/memory.md has no facts of {title}"
    assert ModelFacts.model_validate(yaml.safe_load(row[1])) == facts_of(of(name))
