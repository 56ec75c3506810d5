"""The model that vectors are made for or judged on, as a folder that transformers reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.passages import Passage

Device = Literal["cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Subject:
    """A Hugging Face causal language model in eval mode, its tokenizer, and which model it is."""

    model: Any
    tokenizer: Any
    identity: ModelIdentity

    @property
    def context(self) -> int:
        """How many tokens it reads."""
        return int(self.model.config.get_text_config().max_position_embeddings)

    def text(self, text: str) -> Passage:
        """A text as it stands; its first token, an outlier in every model, does not count.

        Raises:
            VectorError: too long, or nothing is left that counts.
        """
        return self._checked(Passage(tuple(self.tokenizer(text).input_ids), 1), text)

    def answer(self, prompt: str, text: str) -> Passage:
        """`text` as the answer to `prompt` in the chat template; from where its first token is predicted, it counts.

        Raises:
            VectorError: too long, or the model has no chat template.
        """
        asked = self.asked(prompt)
        answer = self.tokenizer(text, add_special_tokens=False).input_ids
        return self._checked(Passage((*asked, *answer), len(asked) - 1), text)

    def asked(self, prompt: str) -> tuple[int, ...]:
        """The tokens of a dialogue in which the model is to answer `prompt`.

        Raises:
            VectorError: the model has no chat template.
        """
        if not self.tokenizer.chat_template:
            raise VectorError(f"{self.identity.name} has no chat template: leave --chat out")
        messages = [{"role": "user", "content": prompt}]
        text = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return tuple(self.tokenizer(text, add_special_tokens=False).input_ids)

    def _checked(self, passage: Passage, text: str) -> Passage:
        if len(passage.tokens) > self.context:
            raise VectorError(
                f"the text {_short(text)} has {len(passage.tokens)} tokens, and the model reads {self.context}"
            )
        if len(passage.tokens) <= passage.start:
            raise VectorError(f"the text {_short(text)} has one token, and a text's first one does not count")
        return passage


def load(folder: Path, device: Device, precision: Precision, name: str | None = None) -> Subject:
    """The model in `folder`, for people `name`; `auto` is float32 on a processor, and as it was saved on a GPU.

    Raises:
        VectorError: it is no folder of a model, or there is no such device.
    """
    if not folder.is_dir():
        raise VectorError(f"{folder} is no folder: a model must lie on this machine (download fetches one)")
    if device == "cuda" and not torch.cuda.is_available():
        raise VectorError("--device cuda: torch finds no GPU here")
    identity = ModelIdentity.of(folder, name or folder.resolve().name)
    dtype = "float32" if precision == "auto" and device == "cpu" else precision
    logging.disable_progress_bar()  # ours says what takes time
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise VectorError(f"{folder} holds no language model that transformers reads: {_first_line(error)}") from error
    return Subject(model.to(device).eval(), tokenizer, identity)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
