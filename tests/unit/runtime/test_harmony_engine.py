"""How the server knows a model with channels, and what it starts vLLM with then."""

from pathlib import Path

import pytest
from tests.unit.runtime import configs

from modelserver_runtime.config import StartConfig
from modelserver_runtime.engine_arguments import ArgumentError, command_line
from modelserver_runtime.model_type import HARMONY, model_type

PARSERS = {"--reasoning-parser=openai_gptoss", "--tool-call-parser=openai", "--enable-auto-tool-choice"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"model_type": "gpt_oss"}', "gpt_oss"),
        ('{"model_type": "llama"}', "llama"),
        ("{}", ""),
        ("[]", ""),
        ("{", ""),
        (b"\xff", ""),
        (None, ""),
    ],
)
def test_the_folder_says_of_which_type_a_model_is(tmp_path: Path, text: str | bytes | None, expected: str) -> None:
    if text is not None:
        (tmp_path / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert model_type(str(tmp_path)) == expected


def test_both_parsers_are_there_for_a_model_with_channels_alone() -> None:
    config = StartConfig.model_validate(configs.start())
    assert set(command_line(config, HARMONY)) >= PARSERS
    assert not set(command_line(config, "llama")) & PARSERS


@pytest.mark.parametrize("name", ["reasoning-parser", "tool-call-parser", "no-enable-auto-tool-choice"])
def test_nobody_takes_a_parser_away(name: str) -> None:
    config = StartConfig.model_validate(configs.start(**{"engine.arguments": {name: "qwen3"}}))
    with pytest.raises(ArgumentError, match=f"engine.arguments.{name} is fixed for models of type gpt_oss"):
        command_line(config, HARMONY)
    assert f"--{name}=qwen3" in command_line(config, "qwen3")
