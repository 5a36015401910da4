"""Fetch a model from the Hugging Face hub because the person asked: resume, verify, put in place.

This is the only module of Likeness that opens a network connection. It lists files with
huggingface_hub and streams them itself: since version 2 `hf_hub_download` writes to a name that is
new each time, so it cannot go on with what an earlier attempt has left (its
`_download_to_tmp_and_move`), and a transfer by xet can be neither cancelled nor resumed.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from desktop.embedding.clip.folder import read_clip_folder
from desktop.embedding.clip.openclip_folder import WEIGHTS as OPENCLIP_WEIGHTS
from desktop.embedding.fetching.failures import by_hand, explained, no_listing
from desktop.embedding.fetching.file import TIMEOUT_S, Meter, fetch_file, size_of
from desktop.embedding.folders.model_card import CARD
from desktop.errors import DownloadFailed
from desktop.jobs import Job

log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 20
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


def download_model(
    source: Source,
    target: Path,
    job: Job,
    endpoint: str | None = None,
    check: Callable[[Path], object] = read_clip_folder,
) -> Path:
    """Fetch the safetensors, json and txt files of a model into `target`; return `target`.

    Files arrive in `<target>.partial`, where a later attempt finds and goes on with them; `target`
    appears in one rename when all of them are whole. Reports bytes through `job`; works for minutes
    on the caller's thread. endpoint None: the hub, or what HF_ENDPOINT names. No token is sent.
    check: reads the folder, and raises ModelUnavailable where Likeness cannot use it.

    Raises DownloadFailed with a sentence, Cancelled (what has arrived stays), and what `check`
    raises.
    """
    partial = target.with_name(f"{target.name}.partial")
    lock = FileLock(target.with_name(f"{target.name}.lock"))
    with explained(source.repo, target):
        _expect_free(target)
        partial.mkdir(parents=True, exist_ok=True)
    try:
        with lock.acquire(timeout=0), _hub_session(), explained(source.repo, target):
            _expect_free(target)
            _fetch_all(source, partial, target, job, endpoint)
            check(partial)
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
    commit, wanted = _list_files(source, target, endpoint)
    _drop_others(partial, {partial / file.path for file in wanted})
    n_total = sum(file.n_bytes for file in wanted)
    _expect_space(partial, n_total - sum(size_of(partial / file.path) for file in wanted))
    meter = Meter(job, n_total, label)
    for file in wanted:
        path = partial / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        url = hf_hub_url(source.repo, file.path, revision=commit, endpoint=endpoint)
        fetch_file(url, path, file.n_bytes, meter)
        _verify(path, file, source, target, job)
        meter.n_before += file.n_bytes


def _drop_others(partial: Path, wanted: set[Path]) -> None:
    """Delete what an earlier attempt at another revision has left."""
    for path in list(partial.rglob("*")):
        if path.is_file() and path not in wanted:
            path.unlink()


def _list_files(source: Source, target: Path, endpoint: str | None) -> tuple[str, list[_Wanted]]:
    """The commit and the files to fetch; small ones first, so that a refusal comes early."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        info = HfApi(endpoint=endpoint, token=False).model_info(
            source.repo, revision=source.revision, files_metadata=True, timeout=TIMEOUT_S
        )
    except HfHubHTTPError:  # a ValueError too, for some answers
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise no_listing(error, source.repo, target) from error
    wanted = []
    names = {sibling.rfilename for sibling in info.siblings or ()}
    for sibling in info.siblings or ():
        if sibling.size is not None and _is_wanted(sibling.rfilename, names):
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


def _is_wanted(name: str, names: Set[str]) -> bool:
    """Whether a file belongs to the model: at the top or one folder down, of a harmless kind.

    names: of all that are offered. Other frameworks' copies (onnx/, openvino/) stay out, and
    OpenCLIP's where another one is there.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not 1 <= len(path.parts) <= 2:
        return False
    if "\\" in name or ":" in name:  # what leads out of a folder on Windows
        return False
    if name == CARD:
        return True
    if path.parts[0] in {"onnx", "openvino"} or path.suffix not in _SUFFIXES:
        return False
    if name == OPENCLIP_WEIGHTS:
        return not any(PurePosixPath(each).match("model*.safetensors") for each in names)
    return path.suffix != ".safetensors" or path.name.startswith("model")


def _verify(path: Path, file: _Wanted, source: Source, target: Path, job: Job) -> None:
    """Compare a whole file with what the hub promised; delete it when it is something else."""
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(usedforsecurity=False)
    if not file.sha256:
        # A file outside LFS is known by git's name: sha1 over "blob <size>\0" and its content.
        digest.update(f"blob {file.n_bytes}\0".encode())
    n_done = 0
    meter = Meter(job, file.n_bytes, f"Checking {source.title}")
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
