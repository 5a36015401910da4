"""The command line with a catalog on a server, by `--catalog` and by the settings."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.program import Program, is_packaged
from tests.postgres_server import PostgresServer


@pytest.mark.skipif(is_packaged(), reason="the package has no driver of PostgreSQL")
def test_a_library_whose_catalog_is_on_a_server(
    tmp_path: Path, gallery: Path, postgres: PostgresServer
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("chelsea.png", "coffee.png"):
        shutil.copy(gallery / name, photos)
    one, other = Program(tmp_path / "one"), Program(tmp_path / "other")
    with postgres.catalog() as url:
        one("--catalog", url, "add", photos)
        summary = one("--catalog", url, "index", "--json").json
        assert (summary["photos"], summary["embedded"]) == (2, 2)
        other.data.mkdir(parents=True)
        (other.data / "settings.toml").write_text(f'catalog = "{url}"\n')

        answer = other("search", "a cat", "--json").json

        assert Path(answer["hits"][0]["path"]).name == "chelsea.png"
        assert not (other.data / "catalog.sqlite").exists()
    secret = "postgresql+psycopg://me:red-umbrella@host/photos"
    refused = one("--catalog", secret, "status", code=1)
    log = (one.data / "logs" / "likeness.log").read_text()
    assert "~/.pgpass" in refused.err
    assert "red-umbrella" not in refused.err + refused.out + log
