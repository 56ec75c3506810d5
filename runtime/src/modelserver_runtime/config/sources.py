"""One configuration of four sources: flags over the environment over .env over the file; checked once, when merged.

pydantic-settings is not used: it cannot split MODELSERVER_SERVE_RATE_LIMIT_REDIS_URL_PATH at the right places, and
does not tell where a bad value came from.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelserver_runtime.config import conversion, defaults, dotenv_file, yaml_file
from modelserver_runtime.config.keys import FLAGS, KEYS, PREFIX, VARIABLES, VERSION, nearest
from modelserver_runtime.config.schema import SCHEMA_VERSION, StartConfig
from modelserver_runtime.config.yaml_file import ConfigError

ARGUMENTS = ("engine", "arguments")
FLAG_KEYS = {flag: key for key, flag in FLAGS.items()}


@dataclass(frozen=True)
class Given:
    """One value over the file's: where it belongs, and where it was said, as sentences name that."""

    steps: tuple[str, ...]
    value: object
    origin: str


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where to look. `flags` are the everyday ones by name, `settings` what --set was given."""

    file: Path | None = None
    env_file: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    settings: Sequence[str] = ()


def load(sources: Sources) -> StartConfig:
    """What all sources make together.

    Raises:
        ConfigError: one of them cannot be read, or what they make breaks the schema, and the sentence says which one;
            or the folder of the model holds none; or the live part, which is read when the server starts, has no use.
    """
    document = yaml_file.read(sources.file) if sources.file else {VERSION: SCHEMA_VERSION}
    given = [*_from_env_file(sources.env_file), *_from_environment(sources.environment), *_from_flags(sources)]
    origins = _Origins(sources.file, given)
    merged = _merged(document, given)
    found = defaults.fill(merged, lambda key: origins.of(key.split(".")))
    start = yaml_file.checked(StartConfig, merged, origins.of, found)
    if start.live:
        _check_live(Path(start.live.path), start)
    defaults.check_model(Path(start.model.path), origins.of(["model", "path"]))
    return start


def _check_live(path: Path, start: StartConfig) -> None:
    """Tell of a live part that can never be in force before anything is begun."""
    emotions = yaml_file.load_live(path).emotions
    steers = "emotions.default" if emotions.default else "emotions.variants" if emotions.variants else None
    if steers and start.vectors is None:
        raise ConfigError(
            f"{path}: {steers} names vectors, and vectors.path, the folder that has them, is not set "
            "(of a ModelServer it is spec.emotions.vectors)"
        )


class _Origins:
    """Which source a key's value, or the values below it, came from."""

    def __init__(self, file: Path | None, given: Iterable[Given]) -> None:
        self._file = file
        self._given = {each.steps: each.origin for each in given}

    def of(self, where: Sequence[int | str]) -> str:
        """Empty where nobody said anything."""
        path = tuple(step for step in where if isinstance(step, str))
        above = [steps for steps in self._given if path[: len(steps)] == steps]
        if above:
            return self._given[max(above, key=len)]
        below = [origin for steps, origin in self._given.items() if path and steps[: len(path)] == path]
        return " and ".join(dict.fromkeys([*([str(self._file)] if self._file else []), *below]))


def _from_env_file(file: Path | None) -> Iterator[Given]:
    for name, text, line in dotenv_file.read(file) if file else ():
        if name.startswith(PREFIX):
            yield _variable(name, text, f"{name} in {file}, line {line}")


def _from_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    for name in sorted(environment):
        if name.startswith(PREFIX):
            yield _variable(name, environment[name], f"{name} in the environment")


def _variable(name: str, text: str | None, origin: str) -> Given:
    if name not in VARIABLES:
        raise ConfigError(f"{origin}: unknown variable; {_nearest(name, list(VARIABLES), 'variable')}")
    if text is None:
        raise ConfigError(f"{origin}: has no value; write {name}=VALUE")
    return _given(VARIABLES[name].dotted, text, origin)


def _from_flags(sources: Sources) -> Iterator[Given]:
    for flag, text in sources.flags.items():
        yield _given(FLAG_KEYS[flag], text, flag)
    for setting in sources.settings:
        yield _setting(setting)


def _setting(text: str) -> Given:
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--set {text}: must be KEY=VALUE, as in --set admission.maxRunning=8")
    origin, steps = f"--set {key}", tuple(key.split(".", 2))
    if steps[:2] == ARGUMENTS and len(steps) == 3:
        return Given(steps, value, origin)
    if section := next((each for each in KEYS if each.startswith(f"{key}.")), None):
        raise ConfigError(f"{origin}: is a section; set one of its keys, such as {section}")
    if key not in KEYS:
        raise ConfigError(f"{origin}: unknown key; {_nearest(key, list(KEYS), 'key')}")
    return _given(key, value, origin)


def _given(key: str, text: str, origin: str) -> Given:
    try:
        return Given(KEYS[key].steps, conversion.value(text, KEYS[key].annotation), origin)
    except conversion.TextError as error:
        raise ConfigError(f"{origin}: {key}: {error}") from error


def _nearest(word: str, known: list[str], kind: str) -> str:
    # Any is near enough here: all have the same beginning, and there is no short list of them.
    return f"the nearest known {kind} is {nearest(word, known, cutoff=0)}"


def _merged(document: object, given: Iterable[Given]) -> Any:
    """A copy of `document` with the values; one that is no mapping stays as it is, to be complained about."""
    merged = copy.deepcopy(document)
    for each in given:
        holder = merged
        for step in each.steps[:-1]:
            holder = _below(holder, step)
        if isinstance(holder, dict):
            holder[each.steps[-1]] = each.value
    return merged


def _below(holder: object, step: str) -> object:
    if not isinstance(holder, dict):
        return holder
    if holder.get(step) is None:  # left out, or written with nothing after it
        holder[step] = {}
    return holder[step]
