"""Settings, the places Likeness keeps its own files, and its resources."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import platformdirs

from desktop.errors import SettingsUnusable

CACHE_TAG = "CACHEDIR.TAG"
CACHE_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
"""What marks a folder as a cache: https://bford.info/cachedir/"""


class Theme(StrEnum):
    """Which colours the window wears."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose. Frozen: a change makes a new object (`dataclasses.replace`).

    Attributes:
        catalog: URL of a PostgreSQL database that holds the catalog, without a password; "" for a
            file in the data folder.
        mounts: where folders of a shared catalog are on this machine: path there -> path here.
        model: name of the model that answers words; "auto" takes clip where its weights are at
            hand, else starter.
        likeness_model: name of the model that finds what resembles a photo; "" for the same.
        own_models: names of models that the person has named; they are listed with the others.
        model_folder: a model in Hugging Face or sentence-transformers format, looked at first; ""
        for none.
        device: "auto", "cpu", "cuda" or "mps".
        idle_unload_s: the model leaves memory after this long without use; 0 keeps it.
        exclude: patterns as in .gitignore, or whole paths; matching files and folders are passed
            over.
        follow_links: links to photos and folders are followed, to each of them once.
        exact_search_limit: up to this many photos every answer is exact at once; above it a
            quick first answer comes, which the exact scan then confirms. 0 takes as many as the
            exact scan was seen to compare in 40 ms on this machine.
        engine: which engine of the index answers, such as "annoy" or "faiss:ivf,int8"; see
            desktop/index/engines.py.
        engine_uri: where its program or file is; "" for the usual place.
        index_only_when_idle: photos are read only while nobody is at the computer, see
            desktop/power.py.
        passes_off: names of passes that are switched off; what they have made stays.
        find_parts: photos are also read, and found, by parts of them.
        slow_on_battery: photos are read at about a third of full speed on battery.
        poll_network_drives: look at folders on network drives every minute, where events do not
        come.
        thumbnail_px: side of a thumbnail in the window, in device-independent pixels.
        names_count: whether a search for words also finds photos whose file or folder is called so.
        sensitivity: by name of the model, how easily photos are called likely: from -1 to 1, 0 (or
            nothing) is as measured.
        show_scores: whether each result shows its score.
        theme: the window's colours.
    """

    catalog: str = ""
    mounts: dict[str, str] = field(default_factory=dict)
    model: str = "auto"
    likeness_model: str = ""
    own_models: tuple[str, ...] = ()
    model_folder: str = ""
    device: str = "auto"
    idle_unload_s: int = 600
    exclude: tuple[str, ...] = ()
    follow_links: bool = False
    exact_search_limit: int = 0
    engine: str = "annoy"
    engine_uri: str = ""
    index_only_when_idle: bool = False
    passes_off: tuple[str, ...] = ()
    find_parts: bool = False
    slow_on_battery: bool = True
    poll_network_drives: bool = True
    thumbnail_px: int = 180
    names_count: bool = True
    sensitivity: dict[str, float] = field(default_factory=dict)
    show_scores: bool = True
    theme: Theme = Theme.SYSTEM

    @property
    def engine_in_full(self) -> tuple[str, str]:
        """The engine, and where it is."""
        return self.engine, self.engine_uri


@dataclass(frozen=True, slots=True)
class Places:
    """Where Likeness keeps its own files. The catalog is the truth; thumbnails and index may be
    deleted.

    Attributes:
        catalog_url: of a database that holds the catalog instead (`likeness --catalog URL`); "" for
            what the settings say.
    """

    catalog_path: Path
    thumbnails_path: Path
    index_path: Path
    models_path: Path
    settings_path: Path
    window_path: Path
    log_path: Path
    catalog_url: str = ""

    @classmethod
    def under(cls, data_path: Path) -> Places:
        """Everything in one folder (`likeness --data DIR`)."""
        root = Path(os.path.abspath(data_path.expanduser()))
        return cls._laid_out(data=root, cache=root, config=root, logs=root / "logs")

    @classmethod
    def of_platform(cls) -> Places:
        """The platform's own folders, as platformdirs knows them."""
        dirs = platformdirs.PlatformDirs("likeness", appauthor=False)
        return cls._laid_out(
            data=dirs.user_data_path,
            cache=dirs.user_cache_path,
            config=dirs.user_config_path,
            logs=dirs.user_log_path,
        )

    @classmethod
    def _laid_out(cls, data: Path, cache: Path, config: Path, logs: Path) -> Places:
        return cls(
            catalog_path=data / "catalog.sqlite",
            thumbnails_path=cache / "thumbnails",
            index_path=cache / "index",
            models_path=data / "models",
            settings_path=config / "settings.toml",
            window_path=config / "window.ini",
            log_path=logs / "likeness.log",
        )

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """Folders that are never scanned for photos, whatever is being watched."""
        caches = (self.thumbnails_path, self.index_path, self.converted_path)
        return (*caches, self.models_path, self.catalog_path.parent)

    @property
    def backups_path(self) -> Path:
        """Copies of the catalog; made with the first one."""
        return self.catalog_path.parent / "backups"

    @property
    def memory_path(self) -> Path:
        """How much memory models took here; see embedding/running/memory.py."""
        return self.index_path / "memory.json"

    @property
    def trials_path(self) -> Path:
        """Which numbers models compute with the quickest here; see embedding/running/trials.py."""
        return self.index_path / "trials.json"

    @property
    def converted_path(self) -> Path:
        """Networks that were converted for this computer; made with the first one, and may be
        deleted."""
        return self.index_path.parent / "converted"

    @property
    def by_name(self) -> dict[str, str]:
        """Our own folders by what stands for them in the log."""
        return {
            "<data>": str(self.catalog_path.parent),
            "<cache>": str(self.thumbnails_path.parent),
            "<settings>": str(self.settings_path.parent),
            "<logs>": str(self.log_path.parent),
        }

    def index_of(self, catalog: str) -> Path:
        """Where the index of one catalog is, which is made if need be. catalog: see
        `Catalog.identity`. Raises SettingsUnusable."""
        folder = self.index_path / catalog
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unmakeable(folder, error) from error
        return folder

    def create(self) -> None:
        """Make the folders, for their owner only, and close what is in them to others.

        A folder that was there before is left as it is, unless it can only be ours: a person may
        have chosen a folder that holds other things (`--data`). Our own files in it are closed to
        others all the same. On Windows nothing is changed: a profile is closed by itself. Raises
        SettingsUnusable if that is impossible.
        """
        ours = (self.thumbnails_path, self.index_path, self.models_path, self.log_path.parent)
        chosen = (self.catalog_path.parent, self.thumbnails_path.parent, self.settings_path.parent)
        for folder in (*chosen, *ours):
            try:
                if _make(folder) or folder in ours:
                    close_to_others(folder, 0o700)
            except OSError as error:
                raise _unmakeable(folder, error) from error
        for folder in (self.thumbnails_path, self.index_path):
            _tag_as_cache(folder)
        self.close_files()

    def close_files(self) -> None:
        """Let nobody else read our files that lie beside those of others. Quick."""
        for path in (self.catalog_path, self.settings_path, self.window_path):
            for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                with contextlib.suppress(OSError):  # not there, or not ours to change
                    close_to_others(one, 0o600)
        with contextlib.suppress(OSError):
            close_to_others(self.backups_path, 0o700)


def _unmakeable(folder: Path, error: OSError) -> SettingsUnusable:
    return SettingsUnusable(
        f"The folder {folder} cannot be made: {error.strerror}.",
        "Choose another data folder with --data, or allow yourself to write there.",
    )


def _make(folder: Path) -> bool:
    """Make a folder with those above it; whether it was not there. Raises OSError."""
    if folder.is_dir():
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return True


def _tag_as_cache(folder: Path) -> None:
    """Mark a folder as a cache, so that backup programs leave it out and photo libraries, ours
    included, look for no photos in it."""
    with contextlib.suppress(OSError), (folder / CACHE_TAG).open("x", encoding="ascii") as file:
        file.write(f"{CACHE_SIGNATURE}\n# Made by Likeness. See https://bford.info/cachedir/\n")


def close_to_others(path: Path, mode: int) -> None:
    """Give a file or folder of ours this mode where others can reach it, or we cannot."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def read_document(path: Path) -> dict[str, Any]:
    """What is in a TOML file; nothing where it is absent. Raises SettingsUnusable."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsUnusable(
            f"The settings file {path} is not valid TOML: {error}.",
            "Mend the line it names, or delete the file to go back to the defaults.",
        ) from error
    except OSError as error:
        raise SettingsUnusable(
            f"The settings file {path} cannot be read: {error.strerror}."
        ) from error


def load_settings(path: Path) -> Settings:
    """Read settings; an absent file gives the defaults, unknown keys of newer versions are ignored.

    Raises SettingsUnusable with the key that is wrong.
    """
    document = read_document(path)
    hints = get_type_hints(Settings)
    values = {
        field.name: _checked(path, field.name, hints[field.name], document[field.name])
        for field in dataclasses.fields(Settings)
        if field.name in document
    }
    return Settings(**values)


def catalog_place(places: Places, settings: Settings) -> Path | str:
    """Where the catalog is: the path of a file, or the URL of a database."""
    return places.catalog_url or settings.catalog or places.catalog_path


def resource_path(*parts: str) -> Path:
    """A file or folder under resources/, in a checkout, an installed wheel or a frozen bundle."""
    return _resources().joinpath(*parts)


@cache
def _resources() -> Path:
    package = Path(__file__).resolve().parent
    bundled = package / "resources"
    return bundled if bundled.is_dir() else package.parent / "resources"


def _checked(path: Path, key: str, wanted: Any, value: Any) -> Any:
    if get_origin(wanted) is dict:
        if isinstance(value, dict) and get_args(wanted)[1] is str:
            if all(isinstance(each, str) for each in value.values()):
                return value
        elif isinstance(value, dict) and all(type(each) in (int, float) for each in value.values()):
            return {name: float(number) for name, number in value.items()}
    elif get_args(wanted):
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
    elif isinstance(wanted, type) and issubclass(wanted, StrEnum):
        if value in set(wanted):
            return wanted(value)
    elif type(value) is wanted and not (wanted is int and value < 0):
        return value
    raise SettingsUnusable(
        f"The setting {key} in {path} cannot be {value!r}.",
        "Correct it, or delete the line to go back to the default.",
    )
