"""The demo model's tokenizer: byte-level pairs, so that any text can be asked, learned from the demo language."""

from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from modelserver_runtime.vectors.demo_model.language import CHAT_TEMPLATE, END

PAD = "<|endoftext|>"
_SPECIAL = (PAD, "<|im_start|>", END)


def train(texts: Iterable[str], size: int, context: int) -> Any:
    """A Hugging Face tokenizer of at most `size` tokens, with the chat template and END as its end of text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(_SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=PAD, model_max_length=context
    )
    wrapped.add_special_tokens({"additional_special_tokens": [_SPECIAL[1]]})
    wrapped.chat_template = CHAT_TEMPLATE
    return wrapped
