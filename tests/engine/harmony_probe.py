"""Run by the engine's Python: what vLLM writes and reads in Harmony's form, by itself and as we have it.

The prompt of one conversation on two days, and the items of responses whose messages nobody can be shown.
"""

import json
import os
import sys
from datetime import date, datetime
from types import SimpleNamespace

from modelserver_runtime import engine, engine_arguments
from modelserver_runtime.config import StartConfig


def prompt_on(day: date) -> str:
    """The prompt that vLLM would write on that day."""
    from vllm.entrypoints.openai.parser import harmony_utils as harmony

    at_noon = SimpleNamespace(now=lambda: datetime(day.year, day.month, day.day, 12))
    harmony.datetime = SimpleNamespace(datetime=at_noon)
    messages = [*harmony.build_harmony_preamble(instructions="Be kind."), harmony.get_user_message("hello")]
    return str(harmony.get_encoding().decode(harmony.render_for_completion(messages)))


def items(channel: str, recipient: str | None, text: str) -> list[str]:
    """The kinds of items that vLLM makes of a message, or the name of its failure."""
    from openai_harmony import Message, Role
    from vllm.entrypoints.openai.responses import serving

    message = Message.from_role_and_content(Role.ASSISTANT, text).with_channel(channel)
    if recipient:
        message = message.with_recipient(recipient)
    try:
        return [item.type for item in serving.harmony_to_response_output(message, frozenset())]
    except (AttributeError, ValueError) as error:
        return [type(error).__name__]


def responses() -> list[list[str]]:
    """Of a list for a browser, of what no browser does, of no channel; and of what is heard."""
    unheard = [("commentary", "browser.search", "[1]"), ("analysis", "browser.dance", "{}"), ("thoughts", None, "x")]
    heard = [("final", None, "x"), ("commentary", "functions.f", "{}")]
    return [items(*message) for message in unheard + heard]


def main(document: str) -> None:
    """Print prompts and items: as vLLM makes them by itself, and as we have it."""
    config = StartConfig.model_validate(json.loads(document))
    days = date(2026, 3, 1), date(2026, 3, 2)
    by_itself = [prompt_on(day) for day in days]
    os.environ |= engine_arguments.environment(config, usable_cpus=2, today=days[0])
    prompts = {"by itself": by_itself, "ours": [prompt_on(day) for day in days]}
    failures = responses()
    engine._hide_what_is_in_no_channel()
    print(json.dumps({"prompts": prompts, "items": {"by itself": failures, "ours": responses()}}))


if __name__ == "__main__":
    main(sys.argv[1])
