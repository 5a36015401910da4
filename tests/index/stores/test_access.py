"""Addresses of engines: none that holds a secret is taken, since addresses are kept."""

import pytest

from desktop.errors import EngineUnavailable
from desktop.index.stores.access import expect_plain


@pytest.mark.parametrize(
    "uri",
    [
        "https://me:secret@server:19530",
        "postgresql://me:secret@server/photos",
        "postgresql://server/photos?password=secret",
        "postgresql://server/photos?user=me&PASSWORD=secret",
        "http://server:8123/?token=secret",
    ],
)
def test_an_address_with_a_secret_is_refused(uri: str) -> None:
    with pytest.raises(EngineUnavailable, match="may hold no password") as refused:
        expect_plain(uri)
    assert "secret" not in f"{refused.value.message}{refused.value.hint}"


@pytest.mark.parametrize(
    "uri", ["http://me@server:19530", "postgresql://server/photos?user=me", ""]
)
def test_one_without_is_taken(uri: str) -> None:
    expect_plain(uri)
