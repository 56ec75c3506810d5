"""What a served model is asked: which names it has, and what each of them answers to one prompt."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from huggingface_hub.utils import httpx  # type: ignore[attr-defined] # what that library uses itself, as in download/hub

from modelserver_runtime.emotions.mapping import NONE

KEYS = ("MODELSERVER_API_KEY", "OPENAI_API_KEY")
AT_A_TIME = 4  # asked side by side: enough for a batch, few enough not to fill a waiting line
ANSWER_SECONDS = 300.0  # as long as a request may run by default
CONNECT_SECONDS = 5.0  # a server that is there takes a connection at once
STEERING = "x-modelserver-steering"


class TryError(Exception):
    """What keeps the answers away; the text is one sentence."""


@dataclass(frozen=True)
class Asked:
    """One column: what it is called, the model's name in the request, and the emotions in it, if any."""

    name: str
    model: str
    emotions: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. steering: what the server says that it was steered by; empty where it says nothing."""

    name: str
    steering: str
    text: str
    finish_reason: str

    @property
    def mix(self) -> str:
        """Of `steering`, without the revision, which is the same for all."""
        return self.steering.partition(";rev=")[0]

    @property
    def shown(self) -> str:
        """For people, who see no reason why a text ends or is not there."""
        cut = self.finish_reason == "length"
        return (
            f"{self.text} …" if cut and self.text else self.text or ("(cut before an answer)" if cut else "(nothing)")
        )

    def document(self) -> dict[str, str]:
        """For scripts."""
        return asdict(self)


class Server:
    """One served model, by its address."""

    def __init__(self, url: str, key: str | None) -> None:
        """`url` with or without /v1 or one of its routes at its end, and with or without http:// before it."""
        whole = url if "://" in url else f"http://{url}"
        self.url = re.sub("/v1(/.*)?$", "", whole.rstrip("/"))
        self._key = key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        with self._told():
            patience = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
            self._client = httpx.Client(base_url=self.url, headers=headers, timeout=patience)

    def names(self) -> tuple[str, list[str]]:
        """(the base model's first name, the variants'). Raises TryError."""
        listed = self._document("GET", "/v1/models").get("data")
        if not isinstance(listed, list) or not listed:
            raise TryError(f"{self.url} lists no models: is it a served model's address?")
        variants = [each["id"] for each in listed if each.get("parent")]
        bases = [each["id"] for each in listed if not each.get("parent")]
        if not bases:
            raise TryError(f"{self.url} lists no base model, only {', '.join(variants)}.")
        return bases[0], variants

    def answers(self, asked: Sequence[Asked], prompt: str, options: Mapping[str, float]) -> list[Answer]:
        """To the same prompt, in the order of `asked`. Raises TryError."""
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            return list(pool.map(lambda each: self._answer(each, prompt, options), asked))

    def _answer(self, asked: Asked, prompt: str, options: Mapping[str, float]) -> Answer:
        body = {"model": asked.model, "messages": [{"role": "user", "content": prompt}], **options}
        if asked.emotions:
            body |= {"emotion": NONE} if NONE in asked.emotions else {"emotions": asked.emotions}
        response = self._response("POST", "/v1/chat/completions", json=body)
        try:
            choice = response.json()["choices"][0]
            text = choice["message"].get("content") or ""
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise TryError(f"{self.url}/v1/chat/completions answers with no chat completion.") from error
        return Answer(asked.name, response.headers.get(STEERING, ""), text.strip(), choice.get("finish_reason") or "")

    def _document(self, method: str, path: str) -> dict[str, Any]:
        response = self._response(method, path)
        try:
            document = response.json()
        except ValueError as error:
            raise TryError(f"{self.url}{path} answers with no JSON: is it a served model's address?") from error
        return document if isinstance(document, dict) else {}

    def _response(self, method: str, path: str, **content: Any) -> Any:
        with self._told():
            response = self._client.request(method, path, **content)
        if response.status_code in (401, 403):
            raise TryError(self._about_the_key())
        if response.is_error:
            raise TryError(f"{self.url}{path} answers {response.status_code}: {_message(response)}")
        return response

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise TryError(f"{self.url} is no address of a server: {error}") from error
        except httpx.TimeoutException as error:
            raise TryError(f"{self.url} does not answer in time.") from error
        except httpx.TransportError as error:
            raise TryError(f"No server answers at {self.url}: {error}") from error

    def _about_the_key(self) -> str:
        names = " or ".join(KEYS)
        if self._key is None:
            return f"{self.url} wants a key: set {names} in the environment."
        return f"{self.url} does not take the key that is in the environment as {names}."


def key_of_the_environment() -> str | None:
    """The first of KEYS that is set."""
    return next((os.environ[name] for name in KEYS if os.environ.get(name)), None)


def _message(response: Any) -> str:
    """The server's own sentence where it has one."""
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.text.strip()[:200] or str(response.reason_phrase)
