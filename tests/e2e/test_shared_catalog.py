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


@pytest.mark.skipif(is_packaged(), reason="the package has no driver of PostgreSQL")
def test_a_catalog_goes_to_a_server_and_back(
    tmp_path: Path, gallery: Path, postgres: PostgresServer
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(gallery / "coffee.png", photos)
    one, other = Program(tmp_path / "one"), Program(tmp_path / "other")
    nowhere = one("copy-catalog", "--to", tmp_path / "new", code=1)
    assert "There is no catalog to copy" in nowhere.err and not (tmp_path / "new").exists()
    one("add", photos)
    one("index")
    url = postgres.url(postgres.create())

    said = one("copy-catalog", "--to", url)

    assert said.out.startswith("Copied 1 photo with all that is known of them to")
    assert f"Use it with `likeness --catalog {url}`" in said.err
    assert one("--catalog", url, "index", "--json").json["embedded"] == 0
    again = one("copy-catalog", "--to", url, code=1)
    assert "holds a library already" in again.err
    back = one("--catalog", url, "copy-catalog", "--to", other.data, "--json").json
    assert (back["photos"], back["place"]) == (1, str(other.data / "catalog.sqlite"))
    (hit,) = other("search", "coffee", "--json").json["hits"]
    assert Path(hit["path"]) == photos / "coffee.png"
    secret = one("copy-catalog", "--to", "postgresql://me:red-umbrella@host/photos", code=1)
    assert "~/.pgpass" in secret.err and "red-umbrella" not in secret.err + secret.out
