"""Run by the engine's Python: the prompt of one conversation on two days, as vLLM renders it under our environment."""

import json
import os
import sys
from datetime import date, datetime
from types import SimpleNamespace

from modelserver_runtime import engine_arguments
from modelserver_runtime.config import StartConfig


def prompt_on(day: date) -> str:
    """The prompt that vLLM would write on that day."""
    from vllm.entrypoints.openai.parser import harmony_utils as harmony

    at_noon = SimpleNamespace(now=lambda: datetime(day.year, day.month, day.day, 12))
    harmony.datetime = SimpleNamespace(datetime=at_noon)
    messages = [*harmony.build_harmony_preamble(instructions="Be kind."), harmony.get_user_message("hello")]
    return str(harmony.get_encoding().decode(harmony.render_for_completion(messages)))


def main(document: str) -> None:
    """Print the prompts of two days: as vLLM dates them by itself, and under our environment."""
    config = StartConfig.model_validate(json.loads(document))
    days = date(2026, 3, 1), date(2026, 3, 2)
    by_itself = [prompt_on(day) for day in days]
    os.environ |= engine_arguments.environment(config, usable_cpus=2, today=days[0])
    print(json.dumps({"by itself": by_itself, "ours": [prompt_on(day) for day in days]}))


if __name__ == "__main__":
    main(sys.argv[1])
