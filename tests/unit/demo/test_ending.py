"""The demo's last line is for programs: one JSON object, values as numbers."""

import json

from tools.demo.ending import for_programs
from tools.demo.tempers import Tempers
from tools.demo.up import PROMPTS, Demo


def test_the_last_line_is_one_json_object_of_numbers() -> None:
    answer = {"prompt": "How was the concert?", "text": "Quiet.", "finish_reason": "stop"}
    tempers = [Tempers("", {"demo": "Quiet.", "demo-cheerful": "Lovely!"})] * 2
    demo = Demo(ready_seconds=41.26, answers=[answer] * 3, tempers=tempers, retune_seconds=4.04)
    line = for_programs(demo, total_seconds=120.04)
    assert "\n" not in line
    times = {"ready_seconds": 41.3, "retune_seconds": 4.0, "total_seconds": 120.0}
    assert json.loads(line) == {"answers": 3, "variants": 1, **times}


def test_at_least_three_different_prompts_are_asked() -> None:
    assert len(set(PROMPTS)) >= 3
