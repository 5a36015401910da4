"""Finding the photos of a watched folder, and noting what is passed over on the way."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from desktop.catalog import IN_QUESTION, N_EXAMPLES, FileStat, PassedOver, Reason
from desktop.ingest.identity import Identity, identity
from desktop.ingest.kinds import kind_of
from desktop.ingest.rules import MARKS, Rules, RulesAt, mark_of
from desktop.jobs import Job
from desktop.media import MIN_SIZE_BYTES, is_photo_name, is_sidecar_name, sidecars_of

log = logging.getLogger(__name__)

REPORT_EVERY = 512

DIGEST_BYTES = 16
_COUNT_BYTES = 4

_Entry = os.DirEntry[str]


@dataclass(slots=True)
class Found:
    """What a walk met.

    Attributes:
        files: photos, by relative path; without those right in sub-folders that are `unchanged`.
        unreadable: relative paths of folders that could not be listed; what is known beneath them
            is neither gone nor changed.
        unchanged: sub-folders that hold what they held when they were last compared.
        listings: what is to be remembered of each other sub-folder that holds photos.
        n_passed: how many files and folders were passed over, and why.
        examples: relative paths of some of them.
        passed_folders: relative paths of the folders among them.
        matched: which of the person's patterns match something, as bits.
        described: those of the photos that are there because of a file beside them.
    """

    files: dict[str, FileStat] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    unchanged: set[str] = field(default_factory=set)
    listings: dict[str, bytes] = field(default_factory=dict)
    n_passed: Counter[Reason] = field(default_factory=Counter)
    examples: dict[Reason, list[str]] = field(default_factory=dict)
    passed_folders: set[str] = field(default_factory=set)
    matched: int = 0
    described: set[str] = field(default_factory=set)
    rules: RulesAt = field(default_factory=RulesAt)

    def hides(self, relative_path: str) -> bool:
        """Whether it lies where nothing could be read, so that nothing is known of it."""
        return any(_is_beneath(relative_path, folder) for folder in self.unreadable)

    def passes_over(self, relative_path: str) -> bool:
        """Whether a file that was not found would be passed over if it were there."""
        if self.rules.excludes(relative_path):
            return True
        parts = relative_path.split("/")
        return any("/".join(parts[:n]) in self.passed_folders for n in range(1, len(parts)))

    def pass_over(self, reason: Reason, relative_path: str, n: int = 1) -> None:
        """relative_path: for an example, with "/" at the end of a folder's; "" for none."""
        self.n_passed[reason] += n
        examples = self.examples.setdefault(reason, [])
        if len(examples) < N_EXAMPLES and relative_path:
            examples.append(relative_path)

    @property
    def passed(self) -> list[PassedOver]:
        return [
            PassedOver(reason, n, tuple(self.examples[reason]))
            for reason, n in sorted(self.n_passed.items())
        ]

    def join(self, other: Found) -> None:
        """Take in what was met in another part of the folder. Listings are left out, and what was
        passed over is counted by walks of the whole folder only."""
        self.files.update(other.files)
        self.unreadable += other.unreadable
        self.passed_folders |= other.passed_folders


@dataclass(slots=True)
class _Listing:
    """What is right in one sub-folder. The names of `others` are no photo's, or hidden; sidecars
    are among them."""

    photos: list[tuple[str, os.stat_result]] = field(default_factory=list)
    sidecars: list[tuple[str, os.stat_result]] = field(default_factory=list)
    sub_folders: list[_Entry] = field(default_factory=list)
    links: list[_Entry] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)
    is_whole: bool = True


def walk(
    root: Path,
    rules: Rules,
    job: Job,
    beneath: str = "",
    beat: Callable[[], object] = lambda: None,
    listings: Mapping[str, bytes] | None = None,
) -> Found:
    """Find the photos under `root`, or only under its sub-folder `beneath`. Calls `beat` whenever
    it has got further.

    `listings`: sub_folder -> what was remembered when it was last compared. One that holds the same
    again is passed by, which costs little more than the stat of each photo in it.

    A folder that is mounted a second time inside itself is met once. Raises Cancelled.
    """
    return _Walk(root, rules, job, beat, listings or {}).go(beneath)


def look(
    root: Path,
    relative_paths: Iterable[str],
    rules: Rules,
    job: Job,
    beat: Callable[[], object] = lambda: None,
) -> Found:
    """Find the photos that relative paths name, and those of the sub-folders that they name. Raises
    Cancelled."""
    walking = _Walk(root, rules, job, beat, {})
    for relative_path in relative_paths:
        beat()
        job.check()
        walking.look_at(relative_path)
    return walking.found


class _Walk:
    """One walk. A sub-folder's listing is gathered whole before anything of it is taken, since a
    mark in it may say that it is to be passed over."""

    def __init__(
        self,
        root: Path,
        rules: Rules,
        job: Job,
        beat: Callable[[], object],
        listings: Mapping[str, bytes],
    ) -> None:
        self._root = root
        self._root_name = os.path.basename(os.path.realpath(root))
        self._job = job
        self._beat = beat
        self._listings = listings
        self._rules = rules.at(root)
        self._own = rules.own_places()
        self._seen: set[Identity] = set()
        self._pending: list[tuple[str, str]] = []
        self._sidecars: dict[Path, dict[str, str]] = {}
        self._n_seen = self._n_reported = 0
        self.found = Found(rules=self._rules)

    def go(self, beneath: str) -> Found:
        self._pending.append((str(self._root / beneath) if beneath else str(self._root), beneath))
        while self._pending:
            folder, relative = self._pending.pop()
            self._beat()
            if not self._is_new(folder, relative):
                continue
            listing = self._list(folder, relative)
            if listing is not None and not self._is_marked(folder, relative, listing):
                self._take_sub_folders(folder, relative, listing)
                self._take_photos(relative, listing)
                self._pass_over_others(relative, listing)
        self._job.check()
        return self.found

    def look_at(self, relative_path: str) -> None:
        path = self._root / relative_path
        if is_sidecar_name(path.name) and not path.is_dir():
            self._look_beside(relative_path)
            return
        try:
            stat = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            self.found.unreadable.append(relative_path)
            return
        if path.is_symlink() or self._is_beneath_passed(relative_path):
            return
        if path.is_dir():
            self.go(relative_path)
        elif (
            _is_photo(path.name)
            and not self._rules.excludes(relative_path)
            and stat.st_size >= MIN_SIZE_BYTES
        ):
            sidecars = _beside(path.name, self._sidecars_in(path.parent))
            self.found.files[relative_path] = FileStat.of(relative_path, stat, sidecars)

    def _sidecars_in(self, folder: Path) -> dict[str, str]:
        """Without a look at each photo, of which there may be thousands."""
        if folder not in self._sidecars:
            sidecars: list[tuple[str, os.stat_result]] = []
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if is_sidecar_name(entry.name) and entry.is_file(follow_symlinks=False):
                        sidecars.append((entry.name, entry.stat(follow_symlinks=False)))
            self._sidecars[folder] = _by_name(sidecars)
        return self._sidecars[folder]

    def _look_beside(self, relative_path: str) -> None:
        """Take the photos of which a file says more that has come, changed or gone."""
        path, relative = self._root / relative_path, relative_path.rpartition("/")[0]
        if self._is_beneath_passed(relative_path):
            return
        listing = self._list(str(path.parent), relative)
        if listing is not None:
            name = path.name.lower()
            photos = [photo for photo in listing.photos if sidecars_of(photo[0], {name: True})]
            self._take(relative, photos, listing.sidecars)
            self.found.described.update(_join(relative, photo[0]) for photo in photos)

    def _is_beneath_passed(self, relative_path: str) -> bool:
        """Whether a walk would never get there, as one of the folders is passed over; the path
        itself is one, too, if it is a folder."""
        parts = relative_path.split("/")
        for n in range(1, len(parts) + 1):
            relative, path = "/".join(parts[:n]), self._root.joinpath(*parts[:n])
            if n == len(parts) and not path.is_dir():
                return False
            if (
                path.is_symlink()
                or identity(path) in self._own
                or self._why_not(parts[n - 1], parts[n - 2] if n > 1 else self._root_name, relative)
                or (mark_of(path) and self._rules.verdict(relative + "/") is not False)
            ):
                self.found.passed_folders.add(relative)
                return True
        return False

    def _why_not(self, name: str, parent_name: str, relative: str) -> Reason | None:
        return self._rules.why_not_folder(name, parent_name, relative)

    def _is_new(self, folder: str, relative: str) -> bool:
        here = identity(folder)
        if here in self._own:
            self.found.passed_folders.add(relative)
            return False
        if here in self._seen:
            self._pass_over_folder(Reason.MET_TWICE, relative)
            return False
        if here is not None:
            self._seen.add(here)
        return True

    def _list(self, folder: str, relative: str) -> _Listing | None:
        listing = _Listing()
        try:
            with os.scandir(folder) as entries:
                while block := list(islice(entries, REPORT_EVERY)):
                    self._sort(block, relative, listing)
                    self._report(len(block))
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("a folder cannot be listed, or only in part: %s", error.strerror)
            is_too_long = error.errno == errno.ENAMETOOLONG
            self.found.pass_over(Reason.TOO_LONG if is_too_long else Reason.UNREADABLE, relative)
            self.found.unreadable.append(relative)
            listing.is_whole = False
        return listing if listing.is_whole or listing.photos or listing.sub_folders else None

    def _sort(self, block: list[_Entry], relative: str, listing: _Listing) -> None:
        """Everything is told from what the listing says, but for the stat of each photo."""
        for entry in block:
            name = entry.name
            try:
                if entry.is_file(follow_symlinks=False):
                    if name[0] != "." and is_photo_name(name):
                        listing.photos.append((name, entry.stat(follow_symlinks=False)))
                    else:
                        listing.others.append(name)
                        if is_sidecar_name(name):
                            stat = entry.stat(follow_symlinks=False)
                            listing.sidecars.append((name, stat))
                elif entry.is_dir(follow_symlinks=False):
                    listing.sub_folders.append(entry)
                elif entry.is_symlink():
                    listing.links.append(entry)
                else:
                    listing.special.append(name)
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno == errno.ENAMETOOLONG:
                    listing.too_long.append(name)
                    continue
                self.found.pass_over(Reason.UNREADABLE, _join(relative, name))
                self.found.unreadable.append(_join(relative, name))
                listing.is_whole = False

    def _report(self, n_entries: int) -> None:
        self._n_seen += n_entries
        if self._n_seen >= self._n_reported + REPORT_EVERY:
            self._n_reported = self._n_seen
            self._beat()
            self._job.report(self._n_seen, 0, f"Looking through {self._root.name or self._root}")

    def _is_marked(self, folder: str, relative: str, listing: _Listing) -> bool:
        """Not the watched folder itself, which the person has named."""
        if not relative or MARKS.isdisjoint(listing.others):
            return False
        reason = mark_of(folder)
        if reason is None or self._rules.verdict(relative + "/") is False:
            return False
        self._pass_over_folder(reason, relative)
        return True

    def _pass_over_folder(self, reason: Reason, relative: str) -> None:
        self.found.pass_over(reason, relative + "/")
        self.found.passed_folders.add(relative)

    def _take_sub_folders(self, folder: str, relative: str, listing: _Listing) -> None:
        parent_name = os.path.basename(folder) if relative else self._root_name
        for entry in listing.sub_folders:
            sub_folder = _join(relative, entry.name)
            reason = self._why_not(entry.name, parent_name, sub_folder)
            if reason is None:
                self._pending.append((entry.path, sub_folder))
                continue
            self._pass_over_folder(reason, sub_folder)
            if reason is Reason.EXCLUDED_FOLDER:
                self.found.matched |= self._rules.matching(sub_folder + "/")

    def _take_photos(self, relative: str, listing: _Listing) -> None:
        photos = listing.photos
        if not photos and listing.is_whole:
            return
        sizes = [stat.st_size for _, stat in photos]
        files = photos + listing.sidecars
        digest = self._digest(files) if listing.is_whole else IN_QUESTION
        before = self._listings.get(relative, b"")
        if digest != IN_QUESTION and before[:DIGEST_BYTES] == digest:
            self.found.unchanged.add(relative)
            excluded = before[DIGEST_BYTES:]
        else:
            excluded = self._take(relative, photos, listing.sidecars)
            self.found.listings[relative] = digest and digest + excluded
        if excluded:
            self._recall_excluded(relative, photos, excluded)
        if sizes and min(sizes) < MIN_SIZE_BYTES:
            for name, stat in photos:
                if stat.st_size < MIN_SIZE_BYTES:
                    reason = Reason.TINY if stat.st_size else Reason.EMPTY
                    self.found.pass_over(reason, _join(relative, name))

    def _digest(self, files: list[tuple[str, os.stat_result]]) -> bytes:
        """Of names, sizes and times in the order of the file system, and of the rules for files.
        Another order costs a comparison, and changes nothing."""
        try:
            numbers = array("q", [stat.st_size for _, stat in files])
            numbers.extend([stat.st_mtime_ns for _, stat in files])
        except OverflowError:
            return IN_QUESTION
        salt = self._rules.for_files
        digest = hashlib.blake2b(numbers, digest_size=DIGEST_BYTES, salt=salt)
        digest.update(os.fsencode("/".join([name for name, _ in files])))
        return digest.digest()

    def _take(
        self,
        relative: str,
        photos: list[tuple[str, os.stat_result]],
        sidecars: list[tuple[str, os.stat_result]],
    ) -> bytes:
        """Take the photos. Returns how many the person's patterns exclude, and which patterns
        match: nothing if there are none, else `_COUNT_BYTES` and as many bytes as it takes."""
        by_name = _by_name(sidecars)
        n_excluded = matched = 0
        for name, stat in photos:
            relative_path = _join(relative, name)
            if self._rules.excludes(relative_path):
                n_excluded += 1
                matched |= self._rules.matching(relative_path)
            elif stat.st_size >= MIN_SIZE_BYTES:
                beside = _beside(name, by_name) if by_name else ""
                self.found.files[relative_path] = FileStat.of(relative_path, stat, beside)
        if not n_excluded:
            return b""
        n_bytes = (matched.bit_length() + 7) // 8
        return n_excluded.to_bytes(_COUNT_BYTES, "big") + matched.to_bytes(n_bytes, "big")

    def _recall_excluded(
        self, relative: str, photos: list[tuple[str, os.stat_result]], excluded: bytes
    ) -> None:
        """Count what `_take` has excluded, now or at an earlier walk."""
        n_excluded = int.from_bytes(excluded[:_COUNT_BYTES], "big")
        self.found.matched |= int.from_bytes(excluded[_COUNT_BYTES:], "big")
        example = ""
        if len(self.found.examples.get(Reason.EXCLUDED, ())) < N_EXAMPLES:
            names = (_join(relative, name) for name, _ in photos)
            example = next(filter(self._rules.excludes, names), "")
        self.found.pass_over(Reason.EXCLUDED, example, n_excluded)

    def _pass_over_others(self, relative: str, listing: _Listing) -> None:
        pass_over = self.found.pass_over
        for name in listing.others:
            if name[0] != ".":
                pass_over(kind_of(name), _join(relative, name))
            elif is_photo_name(name):
                pass_over(Reason.HIDDEN, _join(relative, name))
        for entry in listing.links:
            if entry.name[0] != ".":
                pass_over(Reason.LINK, _join(relative, entry.name))
        for name in listing.special:
            pass_over(Reason.SPECIAL, _join(relative, name))
        for name in listing.too_long:
            pass_over(Reason.TOO_LONG, _join(relative, name))


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and is_photo_name(name)


def _by_name(sidecars: list[tuple[str, os.stat_result]]) -> dict[str, str]:
    """By the name in lower case, as `sidecars_of` wants them; each as FileStat has it."""
    return {name.lower(): f"{name}/{stat.st_size}/{stat.st_mtime_ns}" for name, stat in sidecars}


def _beside(photo_name: str, by_name: dict[str, str]) -> str:
    return "/".join(sidecars_of(photo_name, by_name))


def _join(relative: str, name: str) -> str:
    return f"{relative}/{name}" if relative else name


def _is_beneath(relative_path: str, folder: str) -> bool:
    return not folder or relative_path == folder or relative_path.startswith(folder + "/")
