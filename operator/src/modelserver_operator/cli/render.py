"""`modelserver render`: every object that the operator would make of a ModelServer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from modelserver_operator.cli.asides import say_asides
from modelserver_operator.cli.catalog import catalog, require_served
from modelserver_operator.cli.options import class_files_option, files_option, namespace_option
from modelserver_operator.cli.repeats import for_one_cluster
from modelserver_operator.cli.yamltext import dump_all
from modelserver_operator.desired import Manifest, Owner, desired, replicas
from modelserver_operator.resolve import Resolved


@click.command()
@files_option
@class_files_option
@namespace_option
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def render(files: Sequence[Path], class_files: Sequence[Path], namespace: str | None, output: str) -> None:
    """Print the objects that ModelServers become, without a cluster."""
    found = for_one_cluster(catalog(files, class_files, namespace))
    manifests = [manifest for resolved in require_served(found) for manifest in children(resolved)]
    say_asides(found)
    if output == "json":
        click.echo(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}, indent=2))
    else:
        click.echo(dump_all(manifests), nl=False)


def children(resolved: Resolved) -> Iterator[Manifest]:
    """The children as they stand in the cluster: the number of pods, which is applied by itself, in its place."""
    counted = replicas(resolved, resolved.least_replicas)["spec"]
    for manifest in desired(resolved, Owner(resolved.name, resolved.namespace)):
        yield {**manifest, "spec": counted | manifest["spec"]} if manifest["kind"] == "Deployment" else manifest
