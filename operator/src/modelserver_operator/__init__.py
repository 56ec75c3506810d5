"""Turns a ModelServer object into a served language model: the operator and the `modelserver` command line."""
