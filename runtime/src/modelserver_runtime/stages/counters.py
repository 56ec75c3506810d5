"""Counts that begin anew after a minute, by key: in this process, or in a Redis that all replicas count in.

In Redis the library `limits` does the counting. It and Redis' client are not in vLLM's tree: they are imported here
alone, and only where a Redis is configured.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from modelserver_runtime.config.yaml_file import ConfigError

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage

log = logging.getLogger(__name__)

MINUTE = 60
PATIENCE_SECONDS = 0.5  # with Redis, which answers in one or two ms; a request waits so long once in RETRY_SECONDS
RETRY_SECONDS = 5.0
SCHEMES = ("redis://", "rediss://")


class Count(NamedTuple):
    """What a key has come to in its minute, and when (Unix time) that minute is over."""

    used: int
    resets: float


class Counter(Protocol):
    """Counts by key."""

    async def add(self, key: str, amount: int) -> Count:
        """Add `amount`, which may be negative; a key's minute begins with the first amount."""


class Memory:
    """Counts in this process: each replica for itself."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._counts: dict[str, Count] = {}  # in the order in which their minutes end

    async def add(self, key: str, amount: int) -> Count:
        """Add `amount`: it takes as long with ten thousand keys as with one (the library's memory looks at all)."""
        now = self._now()
        self._forget(now)
        used, resets = self._counts.get(key, (0, now + MINUTE))
        self._counts[key] = Count(used + amount, resets)
        return self._counts[key]

    def _forget(self, now: float) -> None:
        """Let go of the minutes that are over; each is looked at once."""
        while self._counts and self._counts[oldest := next(iter(self._counts))].resets <= now:
            del self._counts[oldest]


class Redis:
    """Counts in Redis, and in this process for as long as Redis does not answer; `failed` is told each time."""

    def __init__(
        self, url_path: Path, prefix: str, failed: Callable[[], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        """Connect later; `prefix` keeps servers apart that share a Redis.

        Raises:
            ConfigError: the file has no Redis URL, or a package is missing.
        """
        self._url_path = url_path
        self._prefix = prefix
        self._failed = failed
        self._now = now
        self._memory = Memory()
        self._url = _url(url_path)
        self._storage = self._connected(self._url)
        self._away_until: float | None = None

    async def add(self, key: str, amount: int) -> Count:
        """Add `amount`, where it can be added now."""
        away = self._away_until is not None
        if self._away_until is not None:
            if self._now() < self._away_until:
                return await self._memory.add(key, amount)
            self._away_until = self._now() + RETRY_SECONDS  # one request tries, the others go on as before
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if away:
                    await self._reread()
                count = await _add(self._storage, key, amount)
        except self._no_answer() as error:
            self._lose(error)
            return await self._memory.add(key, amount)
        self._find()
        return count

    async def aclose(self) -> None:
        """Close the connections."""
        await _close(self._storage)

    def _no_answer(self) -> tuple[type[Exception], ...]:
        found = self._storage.base_exceptions
        return (*(found if isinstance(found, tuple) else (found,)), OSError, TimeoutError)

    def _lose(self, error: Exception) -> None:
        self._failed()
        if self._away_until is None:
            reason = type(error).__name__  # its text may hold the URL, and that the password
            log.error("Redis does not answer, rates are counted in memory", extra={"fields": {"reason": reason}})
        self._away_until = self._now() + RETRY_SECONDS

    def _find(self) -> None:
        if self._away_until is not None:
            log.info("Redis answers again, rates are counted there")
        self._away_until = None

    async def _reread(self) -> None:
        """Take a new URL if there is one: a password that was changed is the likeliest reason for silence."""
        try:
            url = _url(self._url_path)
            storage = self._connected(url) if url != self._url else self._storage
        except ConfigError as error:
            log.error("the last URL of Redis stays in force", extra={"fields": {"reason": str(error)}})
            return
        old, self._url, self._storage = self._storage, url, storage
        if storage is not old:
            await _close(old)

    def _connected(self, url: str) -> "RedisStorage":
        """The Redis of that URL; the connection itself is made when it is needed."""
        try:
            return _storage(url, self._prefix)
        except ValueError:
            text = "must hold a URL with host and port, such as redis://redis.example.com:6379/0"
            raise ConfigError(f"The file {self._url_path} (rateLimit.redisUrlPath) {text}.") from None


async def _close(storage: "RedisStorage") -> None:
    await storage.bridge.storage.aclose()  # type: ignore[attr-defined]


async def _add(storage: "RedisStorage", key: str, amount: int) -> Count:
    used = await storage.incr(key, MINUTE, amount)
    return Count(used, await storage.get_expiry(key))


def _storage(url: str, prefix: str) -> "RedisStorage":
    """Raises ValueError for a URL that is none."""
    try:
        from limits.aio.storage import RedisStorage
        from limits.errors import ConfigurationError
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError as error:
        raise ConfigError(_missing("limits and redis")) from error
    once_more: Any = Retry(NoBackoff(), 1)  # for a connection that was closed while idle
    try:
        return RedisStorage(f"async+{url}", implementation="redispy", key_prefix=prefix, retry=once_more)
    except ConfigurationError:
        raise ValueError from None  # its text repeats the URL, and that may hold a password


def _url(path: Path) -> str:
    """The URL in a file; it is a secret, so no error repeats it."""
    try:
        url = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ConfigError(f"The file {path} (rateLimit.redisUrlPath) cannot be read: {reason}.") from error
    if not url.startswith(SCHEMES):
        raise ConfigError(f"The file {path} (rateLimit.redisUrlPath) must hold a URL of redis:// or rediss://.")
    return url


def _missing(names: str) -> str:
    return f"rateLimit needs Python packages that are not installed: {sys.executable} -m pip install {names}."
