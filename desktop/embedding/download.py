"""Fetch a model from the Hugging Face hub because the person asked: resume, verify, put in place.

This is the only module of Likeness that opens a network connection. It lists files with
huggingface_hub and streams them itself: since version 2 `hf_hub_download` writes to a name that is
new each time, so it cannot go on with what an earlier attempt has left (its
`_download_to_tmp_and_move`), and a transfer by xet can be neither cancelled nor resumed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from desktop.embedding.clip_folder import read_clip_folder
from desktop.embedding.download_failures import by_hand, explained
from desktop.errors import DownloadFailed
from desktop.jobs import Job

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)

# A server that says nothing for this long is gone; it is also how long a cancel may have to wait.
_TIMEOUT_S = 20.0
_CHUNK_BYTES = 1 << 20
_REPORT_EVERY_S = 0.1
# Cut connections in a row, each after at least one byte, before the person is asked.
_MAX_CUTS = 5
# Room that has to stay free: a full disk harms the catalog and everybody else.
_SPARE_BYTES = 200_000_000

_SUFFIXES = {".safetensors", ".json", ".txt"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model comes from.

    Attributes:
        title: what the progress calls it.
        repo: owner/name on the hub.
        revision: a branch, a tag or a commit.
        sha256: by path in the repository, what files must be whatever the server says they are.
    """

    title: str
    repo: str
    revision: str = "main"
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One file of the listing. sha256 of its content, or git's sha1 of small files (`blob_id`)."""

    path: str
    n_bytes: int
    sha256: str | None
    blob_id: str | None


class _Meter:
    """Reports the bytes of all files, at most ten times a second; every call is a cancel point.

    Attributes:
        n_before: bytes of the files that are finished.
    """

    def __init__(self, job: Job, n_total: int, label: str) -> None:
        self.n_before = 0
        self._job = job
        self._n_total = n_total
        self._label = label
        self._reported_s = -_REPORT_EVERY_S

    def reached(self, n_bytes: int) -> None:
        """n_bytes: how much of the file in hand is there."""
        n_done = self.n_before + n_bytes
        now = time.monotonic()
        if n_done < self._n_total and now - self._reported_s < _REPORT_EVERY_S:
            self._job.check()
            return
        self._reported_s = now
        self._job.report(n_done, self._n_total, self._label)


def download_model(source: Source, target: Path, job: Job, endpoint: str | None = None) -> Path:
    """Fetch the safetensors, json and txt files of a CLIP into `target`; return `target`.

    Files arrive in `<target>.partial`, where a later attempt finds and goes on with them; `target`
    appears in one rename when all of them are whole. Reports bytes through `job`; works for minutes
    on the caller's thread. endpoint None: the hub, or what HF_ENDPOINT names. No token is sent.

    Raises DownloadFailed with a sentence, Cancelled (what has arrived stays), ModelUnavailable when
    the files turn out to be no CLIP that Likeness can use.
    """
    partial = target.with_name(f"{target.name}.partial")
    lock = FileLock(target.with_name(f"{target.name}.lock"))
    with explained(source.repo, target):
        _expect_free(target)
        partial.mkdir(parents=True, exist_ok=True)
    try:
        with lock.acquire(timeout=0), _hub_session(), explained(source.repo, target):
            _fetch_all(source, partial, target, job, endpoint)
            read_clip_folder(partial)
            _expect_free(target)
            partial.replace(target)
    except Timeout:
        raise DownloadFailed(
            f"{source.title} is already being downloaded by another Likeness.", "Wait for that one."
        ) from None
    log.info("downloaded %s to %s", source.repo, target)
    return target


@contextmanager
def _hub_session() -> Iterator[None]:
    """Close the connections at the end; huggingface_hub would keep them as long as it lives."""
    from huggingface_hub import close_session

    try:
        yield
    finally:
        close_session()


def _fetch_all(source: Source, partial: Path, target: Path, job: Job, endpoint: str | None) -> None:
    from huggingface_hub import hf_hub_url

    label = f"Downloading {source.title}"
    job.report(0, 0, label)
    commit, wanted = _list_files(source, endpoint)
    _drop_others(partial, {partial / file.path for file in wanted})
    n_total = sum(file.n_bytes for file in wanted)
    _expect_space(partial, n_total - sum(_size(partial / file.path) for file in wanted))
    meter = _Meter(job, n_total, label)
    for file in wanted:
        path = partial / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        url = hf_hub_url(source.repo, file.path, revision=commit, endpoint=endpoint)
        _fetch(url, path, file, meter)
        _verify(path, file, source, target, job)
        meter.n_before += file.n_bytes


def _drop_others(partial: Path, wanted: set[Path]) -> None:
    """Delete what an earlier attempt at another revision has left."""
    for path in list(partial.rglob("*")):
        if path.is_file() and path not in wanted:
            path.unlink()


def _list_files(source: Source, endpoint: str | None) -> tuple[str, list[_Wanted]]:
    """The commit and the files to fetch; small ones first, so that a refusal comes early."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint, token=False).model_info(
        source.repo, revision=source.revision, files_metadata=True, timeout=_TIMEOUT_S
    )
    wanted = []
    for sibling in info.siblings or ():
        if sibling.size is not None and _is_wanted(sibling.rfilename):
            sha256 = sibling.lfs.sha256 if sibling.lfs is not None else None
            wanted.append(
                _Wanted(
                    path=sibling.rfilename,
                    n_bytes=sibling.size,
                    sha256=source.sha256.get(sibling.rfilename, sha256),
                    blob_id=sibling.blob_id,
                )
            )
    if info.sha is None or not any(file.path.endswith(".safetensors") for file in wanted):
        raise DownloadFailed(
            f"{source.repo} offers no weights in safetensors format, and Likeness opens no other.",
            "Choose another model, or a variant of this one that has model.safetensors.",
        )
    return info.sha, sorted(wanted, key=lambda file: (file.n_bytes, file.path))


def _is_wanted(name: str) -> bool:
    """Whether a file belongs to the model: at the top or one folder down, of a harmless kind.

    Other frameworks' copies (onnx/, openvino/, open_clip_model.safetensors) stay out.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or len(path.parts) > 2:
        return False
    if path.parts[0] in {"onnx", "openvino"} or path.suffix not in _SUFFIXES:
        return False
    return path.suffix != ".safetensors" or path.name.startswith("model")


def _fetch(url: str, path: Path, file: _Wanted, meter: _Meter) -> None:
    """Bring `path` to its full length, going on where it ends; try again when the line is cut."""
    import httpx2

    for attempt in range(_MAX_CUTS + 1):
        n_before = _size(path)
        if n_before > file.n_bytes:
            path.unlink()
            n_before = 0
        meter.reached(n_before)
        if n_before == file.n_bytes and path.exists():
            return
        try:
            _stream(url, path, meter)
        except httpx2.TransportError as error:
            if attempt == _MAX_CUTS or _size(path) <= n_before:
                raise
            log.info("%s was cut (%s), going on at %d bytes", url, error, _size(path))


def _stream(url: str, path: Path, meter: _Meter) -> None:
    from huggingface_hub import get_session

    n_bytes = _size(path)
    # Compressed answers have no length and cannot be gone on with.
    headers = {"Accept-Encoding": "identity", "User-Agent": "likeness"}
    if n_bytes:
        headers["Range"] = f"bytes={n_bytes}-"
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT_S) as response:
        response.raise_for_status()
        if response.status_code != 206 or not _continues_at(response, n_bytes):
            n_bytes = 0
        with path.open("r+b" if path.exists() else "wb") as out:
            out.truncate(n_bytes)
            out.seek(n_bytes)
            # As they come: bytes gathered into larger chunks would be lost when the line is cut.
            for chunk in response.iter_bytes():
                out.write(chunk)
                n_bytes += len(chunk)
                meter.reached(n_bytes)
            out.flush()
            os.fsync(out.fileno())


def _continues_at(response: httpx2.Response, n_bytes: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {n_bytes}-")


def _verify(path: Path, file: _Wanted, source: Source, target: Path, job: Job) -> None:
    """Compare a whole file with what the hub promised; delete it when it is something else."""
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(usedforsecurity=False)
    if not file.sha256:
        # A file outside LFS is known by git's name: sha1 over "blob <size>\0" and its content.
        digest.update(f"blob {file.n_bytes}\0".encode())
    n_done = 0
    meter = _Meter(job, file.n_bytes, f"Checking {source.title}")
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
            n_done += len(chunk)
            # The label of a small file would only flicker.
            if file.sha256:
                meter.reached(n_done)
    if n_done != file.n_bytes or digest.hexdigest() != (file.sha256 or file.blob_id):
        path.unlink()
        raise DownloadFailed(
            f"{file.path} of {source.title} did not arrive as it was published, so it was deleted.",
            f"Try again. If it happens again, something between here and the server changes files. "
            f"{by_hand(source.repo, target)}",
        )


def _expect_free(target: Path) -> None:
    if target.exists():
        raise DownloadFailed(
            f"{target} is in the way: something is there, but no model that can be used.",
            "Move it away or delete it, then try again.",
        )


def _expect_space(folder: Path, n_bytes: int) -> None:
    n_free = shutil.disk_usage(folder).free
    if n_free < n_bytes + _SPARE_BYTES:
        raise DownloadFailed(
            f"The model needs {_mb(n_bytes)} more and {folder.parent} has {_mb(n_free)} left.",
            f"Make room for it and {_mb(_SPARE_BYTES)} to spare, then try again.",
        )


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.0f} MB"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
