"""From a ModelServer as it is stored to what is to be done: its class is read, and both are resolved."""

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass
from modelserver_operator.cluster import MODEL_SERVER_CLASS, Cluster, Manifest
from modelserver_operator.resolve import Facts, class_invalid, class_not_found, resolve, spec_invalid
from modelserver_operator.situation import Decision


async def decide(cluster: Cluster, server: Manifest, facts: Facts) -> Decision:
    """What to do, or why not; raises what the API server answers to the question for the class."""
    try:
        parsed = ModelServer.parse(server, strict=False)
    except InvalidObject as error:
        return Decision(spec_invalid(error))
    name = parsed.spec.class_name
    manifest = await cluster.get(MODEL_SERVER_CLASS, None, name)
    if manifest is None:
        return Decision(class_not_found(name))
    generation = manifest["metadata"]["generation"]
    try:
        of_class, former = ModelServerClass.parse(manifest, strict=False), former_source(server)
        return Decision(resolve(parsed, of_class, facts, former_source=former), generation)
    except InvalidObject as error:
        return Decision(class_invalid(name, error), generation)


def former_source(server: Manifest) -> str:
    """Who has told the scaler the load until now; empty: nobody."""
    return str(server.get("status", {}).get("autoscaling", {}).get("source", ""))
