"""Request classes that give up at the first wrong item of a list."""

from pydantic import BaseModel, ValidationError

from modelserver_runtime import first_complaint


class Asked(BaseModel):
    input: str | list[int | list[str]]


def complaints(value: object) -> int:
    try:
        Asked.model_validate({"input": value})
    except ValidationError as error:
        return error.error_count()
    return 0


def test_one_wrong_item_is_enough() -> None:
    before = complaints([{}] * 100)
    first_complaint.only(Asked, "input")

    assert (before, complaints([{}] * 100)) == (201, 3)  # a text, a number, a list: once
    assert complaints("text") == complaints([1, ["a"]]) == 0
