"""Whether a class makes sense, as far as the API server cannot tell."""

from __future__ import annotations

import re
from collections.abc import Callable

from modelserver_operator.api import ModelServer, ModelServerClass, Problem, Reason
from modelserver_operator.resolve.options import class_engine, ours
from modelserver_operator.resolve.outcome import Refusal

# The newest shape of pods that this operator can make; goldens hold every older one.
NEWEST_TEMPLATE = 1

ClassCheck = Callable[[ModelServerClass], Problem | None]


def check_class(server_class: ModelServerClass) -> Problem | None:
    """The first thing that is wrong with a class, by its field in the class."""
    problems = (check(server_class) for check in CLASS_CHECKS)
    return next((problem for problem in problems if problem), None)


def class_is_sound(_: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The class itself makes sense."""
    problem = check_class(server_class)
    return Refusal(Reason.CLASS_INVALID, problem.message, "spec.className") if problem else None


def fixed_options_are_not_ours(server_class: ModelServerClass) -> Problem | None:
    """The class fixes no option that is ours."""
    for option in class_engine(server_class).arguments:
        if why := ours(option, server_class):
            message = f"Class {server_class.metadata.name} fixes the option {option}, which {why}."
            return Problem(f"spec.engine.arguments.{option}", message)
    return None


def patterns_can_be_read(server_class: ModelServerClass) -> Problem | None:
    """The patterns of allowed options are regular expressions."""
    for index, allowed in enumerate(class_engine(server_class).allowed_arguments):
        if problem := _pattern_problem(allowed.pattern):
            name = server_class.metadata.name
            message = f"Class {name} allows {allowed.name} by a pattern that cannot be read: {problem}."
            return Problem(f"spec.engine.allowedArguments[{index}].pattern", message)
    return None


def template_is_known(server_class: ModelServerClass) -> Problem | None:
    """The class names a shape of pods that this operator can make."""
    asked = server_class.spec.template_revision
    if asked <= NEWEST_TEMPLATE:
        return None
    message = (
        f"Class {server_class.metadata.name} asks for templateRevision {asked}, and this operator knows "
        f"{NEWEST_TEMPLATE} as the newest; upgrade the operator first."
    )
    return Problem("spec.templateRevision", message)


CLASS_CHECKS: tuple[ClassCheck, ...] = (
    fixed_options_are_not_ours,
    patterns_can_be_read,
    template_is_known,
)


def _pattern_problem(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"{pattern!r} ({error})"
    return ""
