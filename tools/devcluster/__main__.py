"""`python3 -m tools.devcluster`: a real Kubernetes cluster on this machine, without Docker."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tools.devcluster.binaries import build, is_built
from tools.devcluster.cluster import Cluster, Status
from tools.devcluster.errors import BuildError, DevclusterError
from tools.devcluster.places import Layout, clusters

Parser = argparse.ArgumentParser
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # the type of what add_subparsers returns has no public name


def main(arguments: list[str]) -> int:
    """Runs one command; returns the exit status."""
    # What ends an `up` from outside must clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except DevclusterError as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("devcluster: interrupted; what had been started is gone again", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.devcluster", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = _command(commands, "up", _up, "start a cluster and wait until pods can be made")
    up.add_argument(
        "--nodes", choices=("kubelet", "kwok"), default="kubelet", help="kubelet runs pods, kwok only says so"
    )
    up.add_argument("--hpa-sync-seconds", type=int, default=15, metavar="N", help="how often autoscalers decide")
    _command(commands, "down", _down, "end a cluster; nothing of it stays")
    _command(commands, "kubeconfig", _kubeconfig, "print the path of the administrator's kubeconfig")
    _command(commands, "restart-apiserver", _restart_apiserver, "kill the API server and start it again")
    load = _command(commands, "load-image", _load_image, "put images on the node")
    load.add_argument("archives", nargs="+", type=Path, metavar="TAR", help="OCI or docker archive")
    status = commands.add_parser("status", help="show one cluster, or all")
    status.add_argument("name", nargs="?", metavar="NAME")
    status.set_defaults(run=_status)
    build_only = commands.add_parser("build", help="build the binaries into the cache")
    build_only.add_argument("--check", action="store_true", help="only say whether the cache has them")
    build_only.set_defaults(run=_build)
    return parser


def _command(commands: Commands, name: str, run: Callable[[argparse.Namespace], None], text: str) -> Parser:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("name", metavar="NAME")
    parser.set_defaults(run=run)
    return parser


def _up(options: argparse.Namespace) -> None:
    cluster = Cluster(options.name)
    started = cluster.up(options.nodes, hpa_sync_seconds=options.hpa_sync_seconds)
    print(f"cluster {options.name} {'is up' if started else 'was up already'}", file=sys.stderr)
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def _down(options: argparse.Namespace) -> None:
    existed = Cluster(options.name).down()
    print(f"cluster {options.name} {'is gone' if existed else 'was not there'}", file=sys.stderr)


def _kubeconfig(options: argparse.Namespace) -> None:
    print(Cluster(options.name).kubeconfig)


def _restart_apiserver(options: argparse.Namespace) -> None:
    Cluster(options.name).restart_apiserver()


def _load_image(options: argparse.Namespace) -> None:
    for reference in Cluster(options.name).load_image(*options.archives):
        print(reference)


def _build(options: argparse.Namespace) -> None:
    if options.check and not is_built():
        raise BuildError("the cache has no binaries of this version and source")
    print(build().folder)


def _status(options: argparse.Namespace) -> None:
    names = (
        [options.name] if options.name else sorted(folder.name for folder in clusters().glob("*") if folder.is_dir())
    )
    for name in names:
        _print_status(Cluster(name).status())


def _print_status(status: Status) -> None:
    print(f"{status.name}  {status.state}")
    if status.record is not None:
        print(f"  Kubernetes {status.record.kubernetes}, nodes of {status.record.nodes}, {status.record.block.network}")
    if status.programs:
        print(f"  {' '.join(status.programs)}")
    if status.state == "broken":
        print(f"  logs: {Layout(clusters() / status.name).logs}")
        print(f"  to make it anew: python3 -m tools.devcluster up {status.name}; to delete it: down")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
