"""What leads a Service without a selector to a process on this machine."""

from tests.controlplane.kube import Manifest


def endpoint(name: str, service: tuple[str, str], address: str, port: tuple[str, int]) -> Manifest:
    """An EndpointSlice. service: namespace and name; several may be of one. port: as the Service names it, and its
    number."""
    namespace, of = service
    port_name, number = port
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": namespace, "labels": {"kubernetes.io/service-name": of}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": port_name, "protocol": "TCP", "port": number}],
    }
