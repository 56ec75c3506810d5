"""The one error of this package."""


class VectorError(Exception):
    """A vector, a folder of vectors or a model that cannot be used; the text is one sentence for a person."""
