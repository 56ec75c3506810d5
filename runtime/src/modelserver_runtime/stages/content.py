"""What a conversation may hold: text, and media that come with the request.

vLLM would fetch what a URL names, from wherever this server can reach, and would unpack tensors.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from modelserver_runtime.stages.field_values import depth, invalid, items, not_supported

URLS = ("image_url", "audio_url", "video_url", "file_url", "source")
TENSORS = ("image_embeds", "audio_embeds", "video_embeds", "prompt_embeds", "image_pil")
HOLDERS = ("content", "output", "tool_calls", "function", "function_call")  # where messages and parts hold others
# vLLM checks each against every kind that there is and keeps all complaints; 20,000 messages that are none took it 2 s.
MOST_PARTS = 5000  # messages, and parts of them
DEEPEST_ARGUMENTS = 100  # levels; vLLM's parser of them gives up at about a thousand, as an internal error


def checked(name: str, value: object) -> object:
    """The messages, or the text, of a field.

    Raises:
        Refused: a part of it would be fetched or unpacked.
    """
    for part in _parts(name, value):
        _no_tensor(name, part)
        _no_address(name, part)
        _shallow_arguments(name, part.get("arguments"))
    return value


def messages(name: str, value: object) -> object:
    """A conversation: as `checked`, and each message has a role: vLLM has fifteen complaints of one without."""
    for message in items(value):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            invalid(name, "has a message without a role")
    return checked(name, value)


def response_input(name: str, value: object) -> object:
    """What the Responses API is asked: as `checked`, and an earlier answer in it begins with its text.

    Of an answer vLLM reads the first part only, and fails with an internal error where that is a refusal or missing.
    """
    for item in items(value):
        if isinstance(item, dict) and item.get("role") == "assistant" and isinstance(item.get("content"), list):
            first = item["content"][0] if item["content"] else None
            if not isinstance(first, dict) or not isinstance(first.get("text"), str):
                invalid(name, "has an answer of the assistant that does not begin with a text")
    return checked(name, value)


def _parts(name: str, value: object) -> Iterator[dict[str, Any]]:
    """Every message, and every part of one, however deep they stand in each other."""
    waiting, count = [value], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            count += len(each)
            if count > MOST_PARTS:
                invalid(name, f"has more than {MOST_PARTS} messages and parts")
            waiting += each
        elif isinstance(each, dict):
            yield each
            waiting += (each[holder] for holder in HOLDERS if holder in each)


def _no_tensor(name: str, part: dict[str, Any]) -> None:
    kinds = {str(part.get("type")), *part}
    for tensor in TENSORS:
        if tensor in kinds:
            not_supported(name, f"a tensor from a caller (`{tensor}`) is never unpacked")
    if part.get("uuid") is not None:
        not_supported(name, "who shares a cache (`uuid`) is the server's to say")


def _no_address(name: str, part: dict[str, Any]) -> None:
    for key in URLS:
        address = _address(part.get(key))
        if address is not None and not address.startswith("data:"):
            not_supported(name, f"this server fetches nothing; send `{key}` as a data: URL or in base64")


def _address(value: object) -> str | None:
    """The address in {"url": "…"} or "…"; the Messages API calls its kind "url" as well."""
    if isinstance(value, dict):
        value = value.get("url", "" if value.get("type") == "url" else None)
    return None if value is None else str(value)


def _shallow_arguments(name: str, arguments: object) -> None:
    if not isinstance(arguments, str) or arguments.count("[") + arguments.count("{") <= DEEPEST_ARGUMENTS:
        return
    try:
        shallow = depth(msgspec.json.decode(arguments), DEEPEST_ARGUMENTS) <= DEEPEST_ARGUMENTS
    except (msgspec.DecodeError, UnicodeError):  # the engine says so, or does not mind
        return
    except RecursionError:
        shallow = False
    if not shallow:
        invalid(name, f"has a tool call whose arguments are nested deeper than {DEEPEST_ARGUMENTS} levels")
