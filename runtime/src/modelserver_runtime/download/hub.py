"""The hub: what a model consists of, and the bytes of its files. Errors come out as DownloadError or as CutError."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from huggingface_hub import HfApi, constants, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.hf_api import ModelInfo, RepoSibling
from huggingface_hub.utils import httpx  # type: ignore[attr-defined] # httpx2, and before 2.0 httpx: what it uses itself

from modelserver_runtime.download import marker, refused, sentences
from modelserver_runtime.download.errors import NotPossibleError
from modelserver_runtime.download.files import Digest, RemoteFile, needed
from modelserver_runtime.download.marker import Marker
from modelserver_runtime.download.place import INCOMPLETE
from modelserver_runtime.download.source import Source

# The hub's content network sends no more than 50 GB in one answer (huggingface_hub, MAX_HTTP_DOWNLOAD_SIZE).
LARGEST_ANSWER = 40 * 1000**3
# As HF_HUB_DISABLE_TELEMETRY=1: the library else fetches a list of coding agents, to tell the hub which one runs it.
constants.HF_HUB_DISABLE_TELEMETRY = True
PASSING = {408, 429, 500, 502, 503, 504}  # as huggingface_hub has it


class CutError(Exception):
    """The connection or the hub failed in a way that may pass; `after` is how many seconds the hub asks to wait."""

    def __init__(self, reason: str, after: float = 0) -> None:
        super().__init__(reason)
        self.after = after


class Hub:
    """The hub of a source, asked for its model."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._headers = {"Accept-Encoding": "identity"}  # ranges count the file's own bytes
        if source.token:
            self._headers["Authorization"] = f"Bearer {source.token}"  # taken off where the hub sends elsewhere

    def plan(self) -> Marker:
        """The model's needed files at the commit that the revision is now."""
        source = self.source
        with self._errors():
            api = HfApi(endpoint=source.endpoint, token=source.token or False)
            timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
            info = api.model_info(source.repo, revision=source.revision, files_metadata=True, timeout=timeout)
        return Marker(source.repo, source.revision, self._commit(info), self._files(info))

    @contextmanager
    def content(self, commit: str, file: RemoteFile, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        """The file's bytes from `start` on, or from 0 where the hub does not know ranges: (where, chunks)."""
        url = hf_hub_url(self.source.repo, file.path, revision=commit, endpoint=self.source.endpoint)
        end = min(start + LARGEST_ANSWER, file.size)
        ranged = {"Range": f"bytes={start}-{end - 1}"} if (start, end) != (0, file.size) else {}
        timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with self._errors():
            asked = get_session().stream("GET", url, headers={**self._headers, **ranged}, timeout=timeout)
            with asked as answer:
                hf_raise_for_status(answer)
                yield (start if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0), answer.iter_bytes()

    def _commit(self, info: ModelInfo) -> str:
        if info.sha:
            return info.sha
        raise self._incompatible("a commit")

    def _files(self, info: ModelInfo) -> tuple[RemoteFile, ...]:
        return needed(map(self._file, info.siblings or ()), self.source.repo)

    def _file(self, stated: RepoSibling) -> RemoteFile:
        path = PurePosixPath(stated.rfilename)
        if path.is_absolute() or ".." in path.parts or path.name == marker.NAME or path.suffix == INCOMPLETE:
            raise NotPossibleError(
                f"spec.model.huggingFace.repo: {self.source.repo} has a file {path}, which no model may have."
            )
        if stated.lfs:
            return RemoteFile(str(path), stated.lfs.size, Digest("sha256", stated.lfs.sha256))
        if stated.size is None or stated.blob_id is None:
            raise self._incompatible(f"size and digest of {path}")
        return RemoteFile(str(path), stated.size, Digest("gitBlobSha1", stated.blob_id))

    def _incompatible(self, what: str) -> NotPossibleError:
        return NotPossibleError(f"HF_ENDPOINT: {self.source.host} does not state {what}, as a Hugging Face hub does.")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status in PASSING:
                raise CutError(f"{self.source.host} answers {status}", _retry_after(error)) from error
            raise NotPossibleError(refused.sentence(error, self.source)) from error
        except HFValidationError as error:
            raise NotPossibleError(f"spec.model.huggingFace.repo: {str(error).splitlines()[0]}") from error
        except (ValueError, TypeError, KeyError) as error:  # an answer of another shape
            raise self._incompatible("models and their files") from error
        except OfflineModeIsEnabled as error:
            raise NotPossibleError(sentences.offline(self.source.repo)) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise NotPossibleError(sentences.endpoint(error)) from error
        except httpx.HTTPError as error:
            raise CutError(f"{self.source.host}: {str(error) or type(error).__name__}") from error


def _retry_after(error: HfHubHTTPError) -> float:
    value = error.response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0
