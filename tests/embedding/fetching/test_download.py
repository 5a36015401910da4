"""Downloads against a real HTTP server: whole, cut, resumed, wrong, refused, cancelled."""

from __future__ import annotations

import hashlib
import random
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
from filelock import FileLock

from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.fetching import file as download_file
from desktop.embedding.fetching.download import Source, download_model
from desktop.errors import Cancelled, DownloadFailed, ModelUnavailable
from desktop.jobs import Job, Progress
from tests.embedding.fetching.hub import REPO, Hub, serve

SOURCE = Source(title="Small CLIP", repo=REPO)
WEIGHTS = "0_CLIPModel/model.safetensors"


@pytest.fixture
def hub(published_clip_folder: Path) -> Iterator[Hub]:
    hub = Hub.offering(published_clip_folder)
    stop = serve(hub)
    yield hub
    stop()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "small-clip"


def fetch(hub: Hub, target: Path, job: Job | None = None, source: Source = SOURCE) -> Path:
    return download_model(source, target, job or Job(), endpoint=hub.endpoint)


def partial_weights(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial") / WEIGHTS


def test_a_whole_download(
    hub: Hub, target: Path, published_clip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_the_persons_own")
    hub.files["README.md"] = b"# a model"
    wanted = dict(hub.files)
    hub.files |= {
        "0_CLIPModel/pytorch_model.bin": b"pickle",
        "0_CLIPModel/open_clip_model.safetensors": b"the same again",
        "modeling.py": b"print('code')",
        "CONTRIBUTING.md": b"# how",
        "onnx/config.json": b"{}",
        "deep/er/config.json": b"{}",
        "../outside.json": b"{}",
        "..\\outside.json": b"{}",
        "C:outside.json": b"{}",
        "": b"{}",
    }
    seen: list[Progress] = []

    assert fetch(hub, target, Job(seen.append)) == target

    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert found == set(wanted)
    assert all((target / name).read_bytes() == content for name, content in wanted.items())
    assert not target.with_name("small-clip.partial").exists()
    loaded = [progress for progress in seen if progress.label == "Downloading Small CLIP"]
    assert [progress.done for progress in loaded] == sorted(progress.done for progress in loaded)
    n_bytes = sum(len(content) for content in wanted.values())
    assert (loaded[-1].done, loaded[-1].total) == (n_bytes, n_bytes)
    assert "Checking Small CLIP" in {progress.label for progress in seen}
    assert not any("authorization" in map(str.lower, asked.headers) for asked in hub.requests)
    same = ClipEmbedder.open("small", published_clip_folder).model_id
    assert ClipEmbedder.open("small", target).model_id == same


def test_a_cut_line_is_taken_up_at_once(hub: Hub, target: Path) -> None:
    hub.cuts = 2
    fetch(hub, target)
    ranges = [request.range for request in hub.asked_for("/store/")]
    assert ranges == ["", "bytes=200000-", "bytes=400000-"]
    assert (target / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_the_next_attempt_goes_on_where_the_last_one_ended(hub: Hub, target: Path) -> None:
    hub.cuts, hub.cut_bytes = 99, 50_000
    with pytest.raises(DownloadFailed, match="connection") as failed:
        fetch(hub, target)
    assert not target.exists()
    assert f"by hand into {target}" in failed.value.hint
    n_kept = partial_weights(target).stat().st_size
    assert n_kept == 6 * 50_000

    hub.cuts = 0
    hub.requests.clear()
    fetch(hub, target)
    assert [request.range for request in hub.asked_for("/store/")] == [f"bytes={n_kept}-"]
    assert hub.sent_bytes == len(hub.files[WEIGHTS]), "nothing was fetched twice"
    small = [request for request in hub.asked_for("/resolve/") if "safetensors" not in request.path]
    assert not small, "the small files were there already"
    assert (target / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_a_line_may_be_cut_at_any_byte(hub: Hub, target: Path) -> None:
    """From the first byte to the last but one: the ends, and places drawn by lot."""
    n_bytes = len(hub.files[WEIGHTS])
    lot = random.Random(0)
    for cut_bytes in (1, 8, n_bytes - 1, *(lot.randrange(1, n_bytes) for _ in range(9))):
        hub.cuts, hub.cut_bytes, hub.sent_bytes = 1, cut_bytes, 0
        fetch(hub, target)
        assert (target / WEIGHTS).read_bytes() == hub.files[WEIGHTS], cut_bytes
        assert hub.sent_bytes == n_bytes, f"cut at {cut_bytes}: something was fetched twice"
        shutil.rmtree(target)


def test_a_server_that_falls_silent_is_asked_again(
    hub: Hub, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_file, "TIMEOUT_S", 0.3)
    given_up = threading.Event()
    silences = iter([given_up.wait])
    hub.midway = lambda: next(silences, bool)(10)
    try:
        fetch(hub, target)
    finally:
        given_up.set()
    assert [request.range for request in hub.asked_for("/store/")] == ["", "bytes=200000-"]
    assert (target / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_a_server_that_stays_silent_is_a_sentence(
    hub: Hub, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_file, "TIMEOUT_S", 0.2)
    given_up = threading.Event()
    hub.cut_bytes, hub.midway = 0, lambda: given_up.wait(10)
    try:
        with pytest.raises(DownloadFailed, match="connection"):
            fetch(hub, target)
    finally:
        given_up.set()
    assert not target.exists()


def test_a_line_that_brings_nothing_is_not_tried_again(hub: Hub, target: Path) -> None:
    hub.cuts, hub.cut_bytes = 99, 0
    with pytest.raises(DownloadFailed, match="connection"):
        fetch(hub, target)
    assert len(hub.asked_for("/store/")) == 1


def test_a_server_without_ranges_sends_everything_again(hub: Hub, target: Path) -> None:
    hub.cuts, hub.ranges = 1, False
    fetch(hub, target)
    assert [request.range for request in hub.asked_for("/store/")] == ["", "bytes=200000-"]
    assert (target / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


@pytest.mark.parametrize("name", [WEIGHTS, "0_CLIPModel/config.json"])
def test_wrong_content_is_never_put_in_place(hub: Hub, target: Path, name: str) -> None:
    good = hub.files[name]
    hub.served[name] = good[:-9] + bytes(byte ^ 1 for byte in good[-9:])
    with pytest.raises(DownloadFailed, match=f"{name} of Small CLIP did not arrive as it was"):
        fetch(hub, target)
    assert not target.exists()
    assert not (target.with_name("small-clip.partial") / name).exists()

    hub.served.clear()
    fetch(hub, target)
    assert (target / name).read_bytes() == good


def test_longer_content_is_wrong_content(hub: Hub, target: Path) -> None:
    hub.served[WEIGHTS] = hub.files[WEIGHTS] + b"more"
    with pytest.raises(DownloadFailed, match="did not arrive"):
        fetch(hub, target)
    assert not target.exists()


def test_a_server_cannot_vouch_for_weights_we_know(hub: Hub, target: Path) -> None:
    known = Source("Small CLIP", REPO, sha256={WEIGHTS: hashlib.sha256(b"others").hexdigest()})
    with pytest.raises(DownloadFailed, match="did not arrive"):
        fetch(hub, target, source=known)
    assert not target.exists()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "no tester/small-clip"),
        (404, "no tester/small-clip"),
        (429, "asks to wait"),
        (503, "503"),
    ],
)
@pytest.mark.parametrize("at", ["/api/", "/store/"])
def test_a_refusal_is_a_sentence(
    hub: Hub, target: Path, at: str, status: int, sentence: str
) -> None:
    hub.status[at] = status
    with pytest.raises(DownloadFailed, match=sentence) as failed:
        fetch(hub, target)
    assert f"by hand into {target}" in failed.value.hint
    assert not target.exists()


def test_a_login_page_is_a_sentence(hub: Hub, target: Path) -> None:
    hub.login_page = True
    with pytest.raises(DownloadFailed, match="something else"):
        fetch(hub, target)


def test_nobody_there_is_a_sentence(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DownloadFailed, match="connection") as failed:
        fetch(Hub({}, endpoint=f"http://127.0.0.1:{port}"), target)
    assert "https://huggingface.co/tester/small-clip" in failed.value.hint


def test_offline_is_a_sentence(hub: Hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE"):
        fetch(hub, target)
    assert not hub.requests


def test_cancel_keeps_what_has_arrived(hub: Hub, target: Path) -> None:
    job = Job()
    hub.midway = job.cancel
    with pytest.raises(Cancelled):
        fetch(hub, target, job)
    assert not target.exists()
    n_kept = partial_weights(target).stat().st_size
    assert 0 < n_kept < len(hub.files[WEIGHTS])

    hub.midway = None
    fetch(hub, target)
    assert hub.asked_for("/store/")[-1].range == f"bytes={n_kept}-"
    assert (target / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_leftovers_of_another_revision_are_dropped(hub: Hub, target: Path) -> None:
    partial = target.with_name("small-clip.partial")
    partial.mkdir(parents=True)
    (partial / "tokenizer.json").write_text("of another revision")
    fetch(hub, target)
    assert not (target / "tokenizer.json").exists()


def test_pickle_alone_is_refused(hub: Hub, target: Path) -> None:
    hub.files["0_CLIPModel/pytorch_model.bin"] = hub.files.pop(WEIGHTS)
    with pytest.raises(DownloadFailed, match="safetensors"):
        fetch(hub, target)
    assert not hub.asked_for("/resolve/")


def test_another_kind_of_model_is_not_put_in_place(hub: Hub, target: Path) -> None:
    config = hub.files["0_CLIPModel/config.json"]
    hub.files["0_CLIPModel/config.json"] = config.replace(b'"clip"', b'"blip"')
    with pytest.raises(ModelUnavailable, match="blip"):
        fetch(hub, target)
    assert not target.exists()


def test_what_is_in_the_way_is_not_overwritten(hub: Hub, target: Path) -> None:
    target.mkdir(parents=True)
    (target / "mine.txt").write_text("keep me")
    with pytest.raises(DownloadFailed, match="in the way"):
        fetch(hub, target)
    assert (target / "mine.txt").read_text() == "keep me"
    assert not hub.requests


def test_one_download_at_a_time(hub: Hub, target: Path) -> None:
    target.parent.mkdir(parents=True)
    with (
        FileLock(target.with_name("small-clip.lock")),
        pytest.raises(DownloadFailed, match="another Likeness"),
    ):
        fetch(hub, target)
    fetch(hub, target)


def test_a_full_disk_is_noticed_before(
    hub: Hub, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = hub.listing()
    siblings = listing["siblings"]
    assert isinstance(siblings, list)
    for sibling in siblings:
        sibling["size"] = 10**17
    monkeypatch.setattr(hub, "listing", lambda: listing)
    with pytest.raises(DownloadFailed, match="MB left"):
        fetch(hub, target)
    assert not hub.asked_for("/resolve/")


def test_a_folder_that_cannot_be_written_is_a_sentence(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file, not a folder")
    with pytest.raises(DownloadFailed, match="cannot be written"):
        fetch(hub, tmp_path / "models" / "small-clip")
