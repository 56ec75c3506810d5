"""Each family that the docs call tested: steered after each layer alone and after all, it equals the reference."""

import re
from pathlib import Path

import pytest
from tests.steering.conftest import Warm
from tests.steering.families import FAMILIES, REFUSED, SHORT

BAR = 1e-4
PAGE = Path(__file__).parents[2] / "docs" / "steering-families.md"


@pytest.mark.parametrize(
    "family", [pytest.param(family, marks=() if family in SHORT else pytest.mark.long) for family in FAMILIES]
)
def test_a_family_equals_the_reference(warm: Warm, family: str) -> None:
    found = warm.found("families_cases.compared", family=family)

    assert (found["requests"], found["specs"]) == (21, 6)
    assert found["worst"] <= BAR
    assert found["greedy_margin"] <= 2 * BAR
    assert found["unlike_plain"] > 100 * BAR


@pytest.mark.long
@pytest.mark.parametrize("family", REFUSED)
def test_a_family_that_cannot_be_steered_is_refused(warm: Warm, family: str) -> None:
    assert warm.found("families_cases.refused", family=family).startswith("The engine cannot be steered. ")


def test_the_page_lists_what_is_tested() -> None:
    listed = re.findall(r"^\| `(\w+)` \|.*\| (equal|refused) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert [family for family, result in listed if result == "equal"] == list(FAMILIES)
    assert [family for family, result in listed if result == "refused"] == list(REFUSED)
