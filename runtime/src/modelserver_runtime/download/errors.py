"""Why a download has ended. The message is one sentence that names the field to change: it becomes a condition."""


class DownloadError(Exception):
    """The model is not there; `exit_code` says whether another try may help."""

    exit_code: int


class NotPossibleError(DownloadError):
    """Something has to be changed first: the spec, the token, the size of the volume."""

    exit_code = 2


class NotNowError(DownloadError):
    """The hub or the disk failed; the next start goes on where this one stopped."""

    exit_code = 1
