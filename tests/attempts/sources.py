"""Models from where the class has them not come from, paths that lead out of a volume, and names that are no names."""

from tests.attempts.attempt import API_SERVER, CLASS, Attempt, Manifest
from tests.attempts.guarded import ELSEWHERE, NO_HOSTS

SHAPE = "should match"  # the API server's words for a pattern


def _claim(path: str, claim: str = "models") -> Manifest:
    return {"model": {"persistentVolumeClaim": {"claimName": claim, "path": path}}}


def _hub(repo: str, revision: str = "main") -> Manifest:
    return {"model": {"huggingFace": {"repo": repo, "revision": revision}}}


def _image(reference: str, path: str = "/") -> Manifest:
    return {"model": {"image": {"reference": reference, "path": path}}}


def _vectors(path: str) -> Manifest:
    return {"emotions": {"vectors": {"persistentVolumeClaim": {"claimName": "models", "path": path}}}}


CLASSES = (
    Attempt(
        "a class of another namespace", CLASS, "Class elsewhere may not be used in namespace", {"className": ELSEWHERE}
    ),
    Attempt("a class by a path", API_SERVER, SHAPE, {"className": "../elsewhere"}),
    Attempt("a class in capitals", API_SERVER, SHAPE, {"className": "Guarded"}),
    Attempt("a class that is not there", "ClassNotFound", "No ModelServerClass is called evil", {"className": "evil"}),
    Attempt("an image where the class has none", CLASS, "not from Image", _image("registry.example.com/models/x:1")),
    Attempt(
        "a hub where the class has none", CLASS, "not from HuggingFace", {"className": NO_HOSTS, **_hub("org/name")}
    ),
    Attempt(
        "two sources, one of which is allowed",
        API_SERVER,
        "exactly one",
        {
            "model": {
                "persistentVolumeClaim": {"claimName": "models"},
                "image": {"reference": "registry.example.com/models/x:1"},
            }
        },
    ),
)

PATHS = (
    Attempt("a path out of the volume", API_SERVER, SHAPE, _claim("../../etc")),
    Attempt("a path out of the volume by a way in", API_SERVER, SHAPE, _claim("demo/../../etc")),
    Attempt("a path out of the volume at its end", API_SERVER, SHAPE, _claim("demo/..")),
    Attempt("a path from the root", API_SERVER, SHAPE, _claim("/etc")),
    Attempt("a hidden folder", API_SERVER, SHAPE, _claim("demo/.cache")),
    Attempt("a path with a newline", API_SERVER, SHAPE, _claim("demo\n")),
    Attempt("a path with a variable", API_SERVER, SHAPE, _claim("$(HOME)")),
    Attempt("a path with a backslash", API_SERVER, SHAPE, _claim("demo\\..\\..\\etc")),
    Attempt("a claim by a path", API_SERVER, SHAPE, _claim("demo", "another-team/models")),
    Attempt("vectors out of the volume", API_SERVER, SHAPE, _vectors("../../etc")),
    Attempt("a path out of the image", API_SERVER, SHAPE, _image("registry.example.com/models/x:1", "/../etc")),
)

REPOS = (
    Attempt("a repository that is an option", API_SERVER, SHAPE, _hub("--help/name")),
    Attempt("a repository's name that is an option", API_SERVER, SHAPE, _hub("org/--to=/etc")),
    Attempt("a repository out of its folder", API_SERVER, SHAPE, _hub("../../etc/passwd")),
    Attempt("a repository of two dots", API_SERVER, SHAPE, _hub("org/..")),
    Attempt("a repository that is an address", API_SERVER, SHAPE, _hub("https://evil.example.org/org/name")),
    Attempt("a repository of another host", API_SERVER, SHAPE, _hub("evil.example.org/org/name")),
    Attempt("a repository with a question", API_SERVER, SHAPE, _hub("org/name?x=y")),
    Attempt("a repository with an escape", API_SERVER, SHAPE, _hub("org/%2e%2e")),
    Attempt("a repository with a newline", API_SERVER, SHAPE, _hub("org/name\n")),
    Attempt("a repository whose folder is another's", API_SERVER, SHAPE, _hub("org--name/main")),
    Attempt("a revision that is an option", API_SERVER, SHAPE, _hub("org/name", "--to=/etc")),
    Attempt("a revision out of its folder", API_SERVER, SHAPE, _hub("org/name", "../../../etc")),
    Attempt("a revision out of its folder by a way in", API_SERVER, SHAPE, _hub("org/name", "refs/../../x")),
    Attempt("a revision from the root", API_SERVER, SHAPE, _hub("org/name", "/etc")),
    Attempt("a revision with a newline", API_SERVER, SHAPE, _hub("org/name", "main\n")),
    Attempt("a revision with two lines", API_SERVER, SHAPE, _hub("org/name", "main\n--to=/etc")),
    Attempt("a revision with a space", API_SERVER, SHAPE, _hub("org/name", "main --to=/etc")),
)

IMAGES = (
    Attempt("an image that is an option", API_SERVER, SHAPE, _image("--privileged")),
    Attempt("an image that is a path", API_SERVER, SHAPE, _image("/etc/passwd")),
    Attempt("an image that is a path upwards", API_SERVER, SHAPE, _image("../../etc/passwd")),
    Attempt("an image with a newline", API_SERVER, SHAPE, _image("registry.example.com/models/x:1\n")),
    Attempt("an image with a user", API_SERVER, SHAPE, _image("user:word@registry.example.com/x y")),
)

ATTEMPTS = (*CLASSES, *PATHS, *REPOS, *IMAGES)
