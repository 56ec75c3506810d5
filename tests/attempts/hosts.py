"""Hosts that the class does not list, in every writing that a proxy or a browser might take for one that it does.

The class lists models.example.com and *.apps.example.com.
"""

from tests.attempts.attempt import API_SERVER, CLASS, Attempt, Manifest
from tests.attempts.guarded import NO_HOSTS

SHAPE = "should match"  # the API server's words for a pattern


def _ingress(host: str) -> Manifest:
    return {"expose": {"ingress": {"host": host}}}


def _route(*hosts: str) -> Manifest:
    return {"expose": {"httpRoute": {"parentRefs": [{"name": "public"}], "hostnames": list(hosts)}}}


def _not_listed(name: str, host: str) -> Attempt:
    return Attempt(name, CLASS, f"{host}", _ingress(host))


def _no_host(name: str, host: str) -> Attempt:
    return Attempt(name, API_SERVER, SHAPE, _ingress(host))


ATTEMPTS = (
    _not_listed("another company's host", "www.example.org"),
    _not_listed("the domain itself", "example.com"),
    _not_listed("a host below one that is listed exactly", "evil.models.example.com"),
    _not_listed("the suffix itself", "apps.example.com"),
    _not_listed("a host that only ends alike", "evil-apps.example.com"),
    _not_listed("a domain that only ends alike", "evilmodels.example.com"),
    _not_listed("a listed host as the beginning", "models.example.com.example.org"),
    _not_listed("a listed suffix in the middle", "x.apps.example.com.example.org"),
    _not_listed("a host with a letter of another alphabet", "xn--mdels-iwe.example.com"),
    _not_listed("a name without a domain", "localhost"),
    Attempt(
        "a host of a class that lists none",
        CLASS,
        "models.example.com",
        {"className": NO_HOSTS, **_ingress("models.example.com")},
    ),
    _no_host("every host of the suffix", "*.apps.example.com"),
    _no_host("every host", "*"),
    _no_host("a host in capitals", "MODELS.example.com"),
    _no_host("a dot at the end", "models.example.com."),
    _no_host("two dots", "x..apps.example.com"),
    _no_host("a dot at the beginning", ".apps.example.com"),
    _no_host("a port", "models.example.com:8443"),
    _no_host("a path", "models.example.com/admin"),
    _no_host("an address", "10.0.0.1"),
    _no_host("another letter by its own sign", "m\u043edels.example.com"),
    _no_host("a host with a newline", "models.example.com\n"),
    _no_host("a listed host in a second line", "www.example.org\nmodels.example.com"),
    _no_host("an underscore", "x_y.apps.example.com"),
    _no_host("a dash at the end of a label", "x-.apps.example.com"),
    Attempt("no host", API_SERVER, "spec.expose.ingress.host", _ingress("")),
    Attempt("a route's host that is not listed", CLASS, "www.example.org", _route("www.example.org")),
    Attempt(
        "a host that is not listed behind one that is",
        CLASS,
        "www.example.org",
        _route("models.example.com", "www.example.org"),
    ),
    Attempt("a route's wildcard", API_SERVER, SHAPE, _route("*.apps.example.com")),
    Attempt("a route for every host", API_SERVER, "hostnames", _route()),
)
