import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import SettingsUnusable
from desktop.settings import Places, Settings, Theme, load_settings, resource_path
from desktop.settings_in_use import save_settings

texts = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.builds(
        Settings,
        model=texts,
        own_models=st.lists(texts, max_size=3).map(tuple),
        model_folder=texts,
        device=st.sampled_from(["auto", "cpu", "cuda", "mps"]),
        idle_unload_s=st.integers(0, 10**6),
        exclude=st.lists(texts, max_size=3).map(tuple),
        exact_search_limit=st.integers(0, 10**9),
        index_only_when_idle=st.booleans(),
        slow_on_battery=st.booleans(),
        poll_network_drives=st.booleans(),
        thumbnail_px=st.integers(0, 1000),
        names_count=st.booleans(),
        sensitivity=st.dictionaries(texts, st.floats(-1, 1), max_size=3),
        show_scores=st.booleans(),
        theme=st.sampled_from(Theme),
    )
)
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    save_settings(path, settings)
    assert load_settings(path) == settings
    left = {each.name for each in path.parent.iterdir()}
    assert left == {path.name, "settings.lock"}, "the temporary file must not stay behind"


def test_an_absent_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.toml") == Settings()


def test_keys_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('version = 9\nmodel = "starter"\ncolour_of_the_moon = "green"\n')
    assert load_settings(path) == Settings(model="starter")


@pytest.mark.parametrize(
    "line",
    [
        'theme = "pink"',
        "model = 3",
        "idle_unload_s = -1",
        'idle_unload_s = "long"',
        "show_scores = 1",
        "exclude = [1]",
        'exclude = "*.tmp"',
        "sensitivity = 1.0",
        'sensitivity = { starter = "high" }',
    ],
)
def test_a_value_that_is_no_setting_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(line)
    with pytest.raises(SettingsUnusable) as refused:
        load_settings(path)
    assert line.partition(" ")[0] in refused.value.message
    assert str(path) in refused.value.message
    assert refused.value.hint.endswith(".")


@pytest.mark.parametrize("content", [b"model = ", b"\xff\xfe\x00"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsUnusable, match="not valid TOML"):
        load_settings(path)


def test_the_mark_that_windows_puts_before_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('model = "starter"\n', encoding="utf-8-sig")
    assert load_settings(path).model == "starter"
    save_settings(path, Settings(theme=Theme.LIGHT), Settings())
    assert load_settings(path) == Settings(model="starter", theme=Theme.LIGHT)


def test_a_failed_save_keeps_the_old_settings(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save_settings(path, Settings(model="starter"))
    path.with_suffix(".tmp").mkdir()  # what is to be written has no place
    with pytest.raises(SettingsUnusable):
        save_settings(path, Settings(model="other"))
    assert load_settings(path).model == "starter"


BY_HAND = """\
# What I like.
version = 1
theme = "dark"  # at night
moon = "green"
exclude = [
    "a",
    "b",
]

# How sure it must be.
[sensitivity]
starter = 0.5
"""


def test_a_save_writes_what_was_changed_and_leaves_what_else_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(BY_HAND)
    before = Settings(exclude=("a",), sensitivity={"clip": 0.1})  # "b" and starter came since
    after = Settings(exclude=("c", "a"), sensitivity={"clip": 0.2}, follow_links=True)
    save_settings(path, after, before)
    there = load_settings(path)
    assert (there.theme, there.follow_links) == (Theme.DARK, True)
    assert there.exclude == ("a", "b", "c")
    assert there.sensitivity == {"starter": 0.5, "clip": 0.2}
    for kept in ("# What I like.", "# at night", 'moon = "green"', "# How sure it must be."):
        assert kept in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        'sensitivity = { starter = 0.5 }\nexclude = ["a", "b"]',
        "exclude = ['a', # mine\n\n'b']\nsensitivity.starter = 0.5\n",
        '"exclude" = ["a", "b"]\n[ sensitivity ]\nstarter = 0.5\n[unknown]\nexclude = 3\n',
    ],
)
def test_a_save_keeps_to_the_settings_however_they_are_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    before = load_settings(path)
    assert before == Settings(exclude=("a", "b"), sensitivity={"starter": 0.5})
    after = replace(before, exclude=("b",), sensitivity={"clip": 0.5}, idle_unload_s=3)
    save_settings(path, after, before)
    assert load_settings(path) == after
    assert "unknown" not in text or tomllib.loads(path.read_text())["unknown"] == {"exclude": 3}


def test_a_save_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(BY_HAND)
    save_settings(path, Settings(thumbnail_px=300), Settings(thumbnail_px=300))
    assert path.read_text() == BY_HAND


def test_a_file_with_a_mistake_in_it_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(BY_HAND + "[")
    with pytest.raises(SettingsUnusable, match="not valid TOML"):
        save_settings(path, Settings(theme=Theme.LIGHT), Settings())
    assert path.read_text() == BY_HAND + "["


@pytest.mark.skipif(os.name != "posix", reason="links are a matter of POSIX")
def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    path, there = tmp_path / "settings.toml", tmp_path / "kept" / "likeness.toml"
    there.write_text(BY_HAND)
    path.symlink_to(there)
    save_settings(path, Settings(theme=Theme.LIGHT), Settings())
    assert path.is_symlink() and load_settings(there).theme is Theme.LIGHT


def test_a_data_folder_holds_everything(tmp_path: Path) -> None:
    places = Places.under(tmp_path / "data")
    places.create()
    paths = (
        places.catalog_path,
        places.thumbnails_path,
        places.index_path,
        places.models_path,
        places.settings_path,
        places.window_path,
        places.log_path,
    )
    for path in paths:
        assert (tmp_path / "data") in path.parents
        assert path.parent.is_dir()
    assert set(places.own_folders) >= {places.thumbnails_path, places.index_path}


def test_a_relative_data_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Places.under(Path("here")).catalog_path == tmp_path / "here" / "catalog.sqlite"


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_our_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    places = Places.under(tmp_path / "data")
    places.create()
    assert places.thumbnails_path.stat().st_mode & 0o077 == 0


def test_a_data_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsUnusable) as refused:
        Places.under(tmp_path / "file" / "data").create()
    assert refused.value.message.endswith(".")
    assert "--data" in refused.value.hint


def test_places_of_the_platform_are_in_the_home_folder() -> None:
    home = Path(os.environ["HOME"])
    places = Places.of_platform()
    assert home in places.catalog_path.parents
    assert home in places.settings_path.parents


def test_resources_are_found() -> None:
    assert resource_path().is_dir()
