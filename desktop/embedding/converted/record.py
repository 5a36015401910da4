"""What was measured of a converted model and chosen, and the files that go with it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from desktop.embedding.converted.agreement import ENOUGH, N_NEAREST, Agreement
from desktop.embedding.converted.runtime import runtime_name
from desktop.embedding.running.device import cpu_name

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is known of a model's converted networks.

    Attributes:
        way: how photos are embedded: "int8 by OpenVINO", or "" where torch stays.
        ms: milliseconds a photo, by way ("float32" and "bfloat16" are torch's).
        agreement: of int8 with what would be used else; None where it was not tried.
        runtime, cpu: what it was measured with; elsewhere it says nothing.
        is_declined: a person wants none of it.
        folder: name of the folder with the networks, "" for none; files: their SHA-256 by name.
    """

    way: str = ""
    ms: Mapping[str, float] = field(default_factory=dict)
    agreement: Agreement | None = None
    runtime: str = field(default_factory=runtime_name)
    cpu: str = field(default_factory=cpu_name)
    is_declined: bool = False
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def precision(self) -> str:
        """ "float32", "bfloat16" or "int8"; "" where torch stays."""
        return self.way.partition(" ")[0]

    @property
    def is_of_here(self) -> bool:
        """Whether it was measured with what there is now."""
        return bool(self.runtime) and (self.runtime, self.cpu) == (runtime_name(), cpu_name())

    @property
    def sentence(self) -> str:
        """What a person should know of it."""
        if self.is_declined:
            return "Photos are read by torch, as you chose."
        least = min(self.ms, key=lambda way: self.ms[way]) if self.ms else ""
        if not self.way:
            how = "Photos are read by torch: OpenVINO was measured, and is no faster here"
        else:
            times = self.ms["float32"] / self.ms[self.way]
            how = f"Photos are read in {self.way}, {times:.1f} times as fast as in float32 by torch"
        if self.agreement is None:
            return f"{how}."
        asked = f" and {self.agreement.n_queries} searches" if self.agreement.n_queries else ""
        share = f"{self.agreement.share:.1%} of the {N_NEAREST} nearest stay, measured on "
        share += f"{self.agreement.n_photos} of your photos{asked}"
        if self.precision == "int8":
            return f"{how}; {share}."
        faster = f"int8 would be faster ({self.ms[least]:.0f} ms a photo)" if least else "int8"
        return f"{how}. {faster}, but only {share}, not {ENOUGH:.0%}."


class Converted:
    """Where the converted networks of one model are kept. Any thread; nothing here needs OpenVINO.

    The record is written last, in one go: what it names is whole. Damaged files are forgotten, and
    made again. All of it may be deleted.
    """

    def __init__(self, root: Path, model_id: str) -> None:
        self._root = root
        self._name = hashlib.sha256(model_id.encode()).hexdigest()[:16]

    def read(self) -> Measurement | None:
        """What is known; None for nothing, or nothing that means anything on this computer now."""
        try:
            said = json.loads(self._record_path.read_text(encoding="utf-8"))
            if said.pop("format") != _FORMAT:
                return None
            agreement = said.pop("agreement")
            record = Measurement(**said, agreement=agreement and Agreement(**agreement))
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return record if record.is_declined or record.is_of_here else None

    def open(self) -> list[Path]:
        """The networks (.xml) that are to be run, in order; [] for none. Damaged ones are
        forgotten. Reads them all: 0.2 s."""
        record = self.read()
        if record is None or not record.way:
            return []
        folder = self._root / record.folder
        try:
            is_whole = all(_sha256(folder / name) == sha for name, sha in record.files.items())
        except OSError:
            is_whole = False
        if not is_whole:
            self.forget()
            return []
        return sorted(folder / name for name in record.files if name.endswith(".xml"))

    def make_folder(self) -> Path:
        """An empty folder for networks that come."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{self._name}-", dir=self._root))

    def keep(self, record: Measurement, folder: Path | None = None) -> Measurement:
        """Write it down, with the networks in a folder of `make_folder`, if any; what was there
        before goes. Raises OSError."""
        files = {path.name: _sha256(path) for path in folder.iterdir()} if folder else {}
        record = replace(record, folder=folder.name if folder else "", files=files)
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        coming = self._record_path.with_suffix(".tmp")
        said = {"format": _FORMAT, **asdict(record)}
        coming.write_text(json.dumps(said, indent=1), encoding="utf-8")
        os.replace(coming, self._record_path)
        self._remove_all_but(folder)
        return record

    def forget(self) -> None:
        """Remove all of it."""
        self._record_path.unlink(missing_ok=True)
        self._remove_all_but(None)

    @property
    def _record_path(self) -> Path:
        return self._root / f"{self._name}.json"

    def _remove_all_but(self, kept: Path | None) -> None:
        """On Windows, what is in use stays until the next time."""
        for folder in self._root.glob(f"{self._name}-*"):
            if folder != kept:
                with contextlib.suppress(OSError):
                    shutil.rmtree(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
