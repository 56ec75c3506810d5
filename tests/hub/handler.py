"""One request: who may read, what there is, a file's bytes."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub.faults import CutOffError
from tests.hub.hub import Asked, Hub, Sent
from tests.hub.repository import Repository, Stored


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of /api/models/.../revision/..., /.../resolve/... and, on the content network, /lfs/...."""

    hub: ClassVar[Hub]
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self._answer()

    def do_GET(self) -> None:
        """Answers."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Silent: the hub remembers requests itself."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        file = path.partition("/resolve/")[2].partition("/")[2] or path.partition("/lfs/")[2].partition("/")[2]
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.hub.asked.append(Asked(self.command, path, file, self.headers.get("Range", ""), token))
        if self.hub.refuse:
            status, headers = self.hub.refuse.pop(0)
            self._say(status, **headers)
        elif path.startswith("/api/models/") and "/tree/" in path:
            self._tree(path.removeprefix("/api/models/"), token)
        elif path.startswith("/api/models/"):
            self._info(path.removeprefix("/api/models/"), token)
        elif "/resolve/" in path:
            self._resolve(path.removeprefix("/"), token)
        elif path.startswith("/lfs/"):
            repo, _, rest = path.removeprefix("/lfs/").partition(":")
            self._send(file, self.hub.repositories[repo.replace("--", "/")].files[rest.partition("/")[2]])
        else:
            self._say(404)

    def _info(self, path: str, token: str) -> None:
        name, _, revision = path.partition("/revision/")
        repository = self._readable(name, revision or "main", token)
        if repository:
            blobs = "blobs" in parse_qs(urlsplit(self.path).query)
            siblings = [stored.stated(path, blobs=blobs) for path, stored in repository.files.items()]
            self._say(200, {"id": name, "modelId": name, "sha": repository.commit, "siblings": siblings})

    def _tree(self, path: str, token: str) -> None:
        name, _, revision = path.partition("/tree/")
        repository = self._readable(name, revision, token)
        if repository:
            self._say(200, [stored.entry(path) for path, stored in repository.files.items()])

    def _resolve(self, path: str, token: str) -> None:
        name, _, rest = path.partition("/resolve/")
        revision, _, file = rest.partition("/")
        repository = self._readable(name, revision, token)
        if repository is None:
            return
        if repository.gated and token != repository.token:
            self._say(
                403 if token else 401,
                **{"X-Error-Code": "GatedRepo", "X-Error-Message": f"Access to {name} is restricted."},
            )
        elif file not in repository.files:
            self._say(404, **{"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        else:
            self._give(name, repository, file)

    def _give(self, name: str, repository: Repository, file: str) -> None:
        stored = repository.files[file]
        if not stored.lfs:
            self._send(file, stored, {"X-Repo-Commit": repository.commit})
            return
        linked = {"X-Linked-Etag": stored.etag, "X-Linked-Size": str(stored.size), "X-Repo-Commit": repository.commit}
        address = f"{self.hub.content_url}/lfs/{name.replace('/', '--')}:signed/{file}?Signature=secret"
        self._say(302, Location=address, **linked)

    def _readable(self, name: str, revision: str, token: str) -> Repository | None:
        """The repository, or None when the refusal has been said; a private one looks as if there were none."""
        repository = self.hub.repositories.get(name)
        if token == "hf_bad":
            self._say(401, **{"X-Error-Message": "Invalid credentials in Authorization header"})
        elif repository is None or (repository.token and not repository.gated and token != repository.token):
            said = "Repository not found" if token else "Invalid username or password."
            self._say(404 if token else 401, **{"X-Error-Code": "RepoNotFound", "X-Error-Message": said})
        elif not repository.knows(revision):
            self._say(404, **{"X-Error-Code": "RevisionNotFound", "X-Error-Message": f"Invalid rev id: {revision}"})
        else:
            return repository
        return None

    def _send(self, file: str, stored: Stored, headers: dict[str, str] | None = None) -> None:
        start, end, size = 0, len(stored.content), len(stored.content)
        wanted = self.headers.get("Range", "").removeprefix("bytes=")
        if wanted and self.hub.ranges:
            first, _, last = wanted.partition("-")
            start, end = int(first), min(int(last) + 1, size) if last else size
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        else:
            self.send_response(200)
        for name, value in {"ETag": stored.etag, "Content-Length": str(end - start), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._body(file, stored.content, start, end)

    def _body(self, file: str, content: bytes, start: int, end: int) -> None:
        sent = Sent(file, start)
        self.hub.sent.append(sent)
        try:
            for piece in self.hub.faults[file].send(content, start, end):
                self.wfile.write(piece)
                sent.size += len(piece)
        except CutOffError:
            self.close_connection = True

    def _say(self, status: int, body: Any = None, **headers: str) -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text)
