"""What a single value of a configuration may be, and the words for it where pydantic's are not plain."""

import contextlib
import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
FilePath = Annotated[str, Field(min_length=1)]

LONGEST_NAME = 253
LONGEST_ORIGIN = 261
ORIGIN = r"\*|https?://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?"


def _a_name(name: str) -> str:
    if not re.fullmatch(r"\S+", name) or len(name) > LONGEST_NAME:
        raise ValueError(f"must be 1 to {LONGEST_NAME} characters, none of them a space")
    return name


def _an_option(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ValueError("must be an option without the dashes before it, as in enforce-eager")
    return name


def _an_origin(origin: str) -> str:
    """As the ModelServer's: what a browser says of a page has no path, and is compared as it stands."""
    if len(origin) > LONGEST_ORIGIN or not re.fullmatch(ORIGIN, origin):
        raise ValueError("must be * or scheme://host[:port] in small letters, as in https://app.example.com")
    return origin


Name = Annotated[str, AfterValidator(_a_name)]
Option = Annotated[str, AfterValidator(_an_option)]
Origin = Annotated[str, AfterValidator(_an_origin)]


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError where one is there twice."""
    if len(set(names)) < len(names):
        raise ValueError("must not name the same thing twice")
    return names


def _written(day: object) -> object:
    """YAML makes a date of a day without quotes."""
    return day.isoformat() if isinstance(day, date) else day


def _a_day(day: str) -> str:
    with contextlib.suppress(ValueError):
        if date.fromisoformat(day).isoformat() == day:
            return day
    raise ValueError("must be a day as YYYY-MM-DD")


Day = Annotated[str, BeforeValidator(_written), AfterValidator(_a_day)]


def no_url(path: str) -> str:
    """Raises ValueError where the secret itself stands for the file that holds it."""
    if "://" in path:
        raise ValueError("must be a file that holds the URL, not the URL itself")
    return path
