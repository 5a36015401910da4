"""What to say when a download fails: a sentence, what to do, how to manage without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop.errors import DownloadFailed


def by_hand(repo: str, target: Path) -> str:
    """How to bring the model here without this computer's network."""
    return (
        f"Or copy the files of https://huggingface.co/{repo} by hand into {target}, from a "
        "computer that has them."
    )


@contextmanager
def explained(repo: str, target: Path) -> Iterator[None]:
    """Turn what a network, a server or a disk does wrong into DownloadFailed."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    copying = by_hand(repo, target)
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise DownloadFailed(
            "Downloads are forbidden by the environment variable HF_HUB_OFFLINE.",
            f"Start Likeness without it. {copying}",
        ) from error
    except (HfHubHTTPError, httpx2.HTTPStatusError) as error:
        sentence, hint = _refusal(repo, error.response.status_code)
        raise DownloadFailed(sentence, f"{hint} {copying}") from error
    except httpx2.TransportError as error:
        raise DownloadFailed(
            f"The connection to the model server failed: {_reason(error)}.",
            f"Check the network and try again; what has arrived is kept. {copying}",
        ) from error
    except httpx2.HTTPError as error:
        raise DownloadFailed(
            f"The model server's answer makes no sense: {_reason(error)}.", f"Try again. {copying}"
        ) from error
    except OSError as error:
        raise DownloadFailed(
            f"The model cannot be written to {target.parent}: {_reason(error)}.",
            "Make room or give yourself the right to write there; what has arrived is kept.",
        ) from error


def no_listing(error: Exception, repo: str, target: Path) -> DownloadFailed:
    """For an answer that is not the hub's, such as the login page of a hotel's network."""
    return DownloadFailed(
        f"What answered in place of the model server is something else: {_reason(error)}.",
        "Check in a browser that the network is really open, then try again. "
        f"{by_hand(repo, target)}",
    )


def _refusal(repo: str, status: int) -> tuple[str, str]:
    if status in (401, 403, 404):
        return (
            f"The model server has no {repo} that is open to everybody (answer {status}).",
            "Check the name.",
        )
    if status == 429:
        return (
            "The model server asks to wait: too many downloads from this address (answer 429).",
            "Try again in a few minutes; what has arrived is kept.",
        )
    return (
        f"The model server cannot help now (answer {status}).",
        "Try again later; what has arrived is kept.",
    )


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return (text.partition("\n")[0] or type(error).__name__).rstrip(".")
