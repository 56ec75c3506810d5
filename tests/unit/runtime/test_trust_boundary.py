"""The page about the trust boundary shows the very table that is in force."""

import re
from pathlib import Path

import pytest

from modelserver_runtime.stages.field_table import ALL, TABLE, Decision
from modelserver_runtime.stages.forward import PASSED

PAGE = (Path(__file__).parents[3] / "docs" / "trust-boundary.md").read_text()


def section(heading: str) -> str:
    """What stands below a heading, up to the next."""
    return re.split(r"\n##+ ", PAGE.partition(f"\n{heading}\n")[2], maxsplit=1)[0]


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("decision", Decision)
def test_every_field_is_shown_with_its_routes_and_its_reason(decision: Decision) -> None:
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \| (.+) \|$", section(f"### {decision.value.title()}"), flags=re.MULTILINE)
    shown = {
        (name, path, why)
        for names, routes, why in rows
        for name in ticked(names)
        for path in (ALL if routes == "all" else ticked(routes))
    }
    assert shown == {(each.name, path, each.why) for each in TABLE if each.decision is decision for path in each.routes}


def test_every_header_that_passes_is_shown() -> None:
    passing = section("## Headers").partition("of the caller")[0]
    assert set(ticked(passing)) == {name.decode() for name in PASSED}
