"""The JSON schemas of files that people keep, written from the types that read and write them."""

import json
from typing import Any

from pydantic import BaseModel

from modelserver_operator.cli.loadtest.reporting.report import Report as LoadTest
from modelserver_runtime.vectors.evaluation.report import Report
from modelserver_runtime.vectors.index import FILE_NAME, Index
from modelserver_runtime.vectors.vector import METADATA_KEY, Description

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def index() -> str:
    """Of vectors.json."""
    return _schema(Index, FILE_NAME)


def description() -> str:
    """Of the metadata in a vector's file."""
    return _schema(Description, f"The JSON under {METADATA_KEY} in the metadata of a vector's file")


def report() -> str:
    """Of an evaluation's report."""
    return _schema(Report, "evaluation.json")


def load_test() -> str:
    """Of a load test's report."""
    return _schema(LoadTest, "The report of modelserver loadtest")


def _schema(model: type[BaseModel], title: str) -> str:
    schema: dict[str, Any] = {"$schema": _DIALECT, **model.model_json_schema(by_alias=True), "title": title}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
