"""What a load asks: lengths that are about right for any tokenizer, or requests of a file of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from modelserver_operator.cli.loadtest.wanted import prompts
from modelserver_operator.cli.loadtest.wanted.claims import METRICS, NAME


class ScenarioError(ValueError):
    """A file that holds no scenario; the message says where, and what is allowed."""


class Item(BaseModel):
    """One request to choose from, as a file may say it too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str = Field("own", pattern=f"^{NAME}$", max_length=40)
    weight: float = Field(1.0, gt=0)
    words: int | None = Field(None, ge=1, le=1_000_000)
    prompt: str | None = Field(None, min_length=1)
    messages: list[dict[str, Any]] | None = Field(None, min_length=1)
    max_tokens: int = Field(128, ge=1, le=1_000_000)
    model: str | None = None
    unique: bool = False
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _checked(self) -> Item:
        if sum(each is not None for each in (self.words, self.prompt, self.messages)) != 1:
            raise ValueError("give exactly one of words, prompt and messages")
        if self.scenario in METRICS:
            raise ValueError(f"scenario: {self.scenario} is the name of a metric; take another one")
        if self.unique and self.messages:
            raise ValueError("unique: goes with a prompt; of messages, make as many as are to differ")
        return self

    def text(self, prefix: str) -> str | None:
        """The prompt, behind what all prompts share; None where there are messages instead."""
        if self.words is not None:
            return prompts.prompt(self.words, f"{self.scenario} {self.words}", prefix)
        if self.prompt is None:
            return None
        return " ".join(filter(None, (prefix, prompts.UNIQUE if self.unique else "", self.prompt)))


SHORT = Item(scenario="short", words=32, max_tokens=32)
MEDIUM = Item(scenario="medium", words=256, max_tokens=128)
LONG = Item(scenario="long", words=2048, max_tokens=512)
# Six short ones, three medium and one long: most callers ask little, and the few who ask much are felt by all.
MIXED = tuple(each.model_copy(update={"weight": weight}) for each, weight in ((SHORT, 6.0), (MEDIUM, 3.0), (LONG, 1.0)))
BUILT_IN: Mapping[str, tuple[Item, ...]] = {
    "short": (SHORT,),
    "medium": (MEDIUM,),
    "long": (LONG,),
    "mixed": MIXED,
}
ITEMS = TypeAdapter(list[Item])


def found(name: str) -> tuple[Item, ...]:
    """The built-in ones of that name, else those of the file. Raises ScenarioError."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    path = Path(name)
    if not path.is_file():
        raise ScenarioError(f"{name!r} is none of {', '.join(BUILT_IN)}, and no file of this name is there")
    try:
        items = ITEMS.validate_python(_read(path))
    except (UnicodeDecodeError, yaml.YAMLError, json.JSONDecodeError) as error:
        raise ScenarioError(f"{name} cannot be read: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise ScenarioError(f"{name}: {_first(error)}") from error
    if not items:
        raise ScenarioError(f"{name} holds no request")
    return tuple(items)


def _read(path: Path) -> Any:
    """A YAML list, or a JSON object a line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return yaml.safe_load(text)


def _first(error: ValidationError) -> str:
    told = error.errors()[0]
    number, *path = told["loc"] or ("",)
    where = f"request {int(number) + 1}" if isinstance(number, int) else "the file"
    field = "".join(f" {part}" for part in path)
    return f"{where}:{field} {told['msg'].removeprefix('Value error, ')}"
