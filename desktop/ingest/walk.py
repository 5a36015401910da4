"""Finding the photos of a watched folder, and noting what is passed over on the way."""

from __future__ import annotations

import contextlib
import heapq
import logging
import os
import stat as modes
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from pathlib import Path

from desktop.catalog import IN_QUESTION, N_EXAMPLES, FileStat, Reason
from desktop.ingest.found import Found, kind_of
from desktop.ingest.identity import Identity, identity
from desktop.ingest.links import Links, stat_through
from desktop.ingest.listing import (
    DIGEST_BYTES,
    DirEntry,
    FolderContents,
    Met,
    by_name,
    written_sidecars,
)
from desktop.ingest.rules import MARKS, Rules, mark_of
from desktop.jobs import Job
from desktop.media import MIN_SIZE_BYTES, Sidecars, is_photo_name, is_sidecar_name

log = logging.getLogger(__name__)

REPORT_EVERY = 512

_COUNT_BYTES = 4
_LONGEST_NAME = 256
"""Bytes of the longest name that file systems have, and of a "/"."""


def walk(
    root: Path,
    rules: Rules,
    job: Job,
    beneath: str = "",
    beat: Callable[[], object] = lambda: None,
    listings: Mapping[str, bytes] | None = None,
    links: Links | None = None,
) -> Found:
    """Find the photos under `root`, or only under its sub-folder `beneath`. Calls `beat` whenever
    it has got further.

    `listings`: sub_folder -> what was remembered when it was last compared. A sub-folder that still
    holds the same is not looked into further, which costs little more than the stat of each photo
    in it.

    `links`: to follow them; None passes over links. Either way a folder is met once, also one that
    is mounted a second time inside itself. Raises Cancelled.
    """
    walking = _Walk(root, rules, job, beat, listings or {}, links)
    walking.go(beneath)
    walking.go_on_behind_links()
    job.check()
    return walking.found


def find_named(
    root: Path,
    relative_paths: Iterable[str],
    rules: Rules,
    job: Job,
    beat: Callable[[], object] = lambda: None,
) -> Found:
    """Find the photos that relative paths name, and those of the sub-folders that they name. Raises
    Cancelled."""
    walking = _Walk(root, rules, job, beat, {}, None)
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
        links: Links | None,
    ) -> None:
        self._root = root
        self._links = links
        self._follow_links = rules.follow_links
        self._longest_path = rules.longest_path
        self._is_behind_link = False
        self._behind_links: list[tuple[str, str]] = []
        self._with_linked: list[tuple[str, FolderContents]] = []
        self._root_name = os.path.basename(os.path.realpath(root))
        self._job = job
        self._beat = beat
        self._listings = listings
        self._rules = rules.at(root)
        self._own = rules.own_places()
        self._seen: set[Identity] = set()
        self._pending: list[tuple[str, str]] = []
        self._sidecars: dict[Path, Sidecars[Met]] = {}
        self._n_seen = self._n_reported = 0
        self.found = Found(rules=self._rules)

    def go(self, beneath: str) -> None:
        self._pending.append((str(self._root / beneath) if beneath else str(self._root), beneath))
        while self._pending:
            folder, relative = self._pending.pop()
            self._beat()
            if not self._is_new(folder, relative):
                continue
            listing = self._list(folder, relative)
            if listing is not None and not self._is_marked(folder, relative, listing):
                self._take_sub_folders(folder, relative, listing)
                self._take_links(folder, relative, listing)
                if listing.linked:
                    self._with_linked.append((relative, listing))
                else:
                    self._take_photos(relative, listing)
                self._pass_over_others(relative, listing)

    def go_on_behind_links(self) -> None:
        """Go through the folders that links lead to, then take the photos that links lead to: in
        the order of their paths, so that at each scan the same one of several ways is taken."""
        links = self._links
        if links is None:
            return
        self._is_behind_link = True
        while self._behind_links:
            relative, path = heapq.heappop(self._behind_links)
            real = Path(os.path.realpath(path))
            if links.is_met_anyway(real):
                self._pass_over_folder(Reason.MET_TWICE, relative)
            else:
                links.enter(real, relative, self._rules)
                self.go(relative)
        for relative, listing in sorted(self._with_linked, key=itemgetter(0)):
            for met, file in sorted(listing.linked):
                real = Path(os.path.realpath(self._root / relative / met[0]))
                if file in links.files or links.is_met_anyway(real):
                    self._pass_over_link(Reason.MET_TWICE, _join(relative, met[0]))
                else:
                    links.files.add(file)
                    listing.photos.append(met)
            self._take_photos(relative, listing)

    def look_at(self, relative_path: str) -> None:
        if self._is_too_long(relative_path):
            return
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
        self.found.meets_links |= self._follow_links and self._is_beneath_link(relative_path)
        if path.is_symlink() or self._is_beneath_passed(relative_path):
            return
        if path.is_dir():
            self.go(relative_path)
        elif (
            _is_photo(path.name)
            and not self._rules.excludes(relative_path)
            and stat.st_size >= MIN_SIZE_BYTES
        ):
            sidecars = written_sidecars(path.name, self._sidecars_in(path.parent))
            met = FileStat.of(relative_path, stat.st_size, stat.st_mtime_ns, sidecars)
            self.found.files[relative_path] = met

    def _sidecars_in(self, folder: Path) -> Sidecars[Met]:
        """The sidecars in a sub-folder, found without a stat of its photos, of which there may be
        thousands."""
        if folder not in self._sidecars:
            sidecars: list[Met] = []
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    follow = self._follow_links
                    if is_sidecar_name(entry.name) and entry.is_file(follow_symlinks=follow):
                        stat = entry.stat(follow_symlinks=follow)
                        sidecars.append((entry.name, stat.st_size, stat.st_mtime_ns))
            self._sidecars[folder] = by_name(sidecars)
        return self._sidecars[folder]

    def _look_beside(self, relative_path: str) -> None:
        """Take the photos whose sidecar has come, changed or gone."""
        path, relative = self._root / relative_path, relative_path.rpartition("/")[0]
        if self._is_beneath_passed(relative_path):
            return
        listing = self._list(str(path.parent), relative)
        if listing is not None:
            this = Sidecars([(path.name, True)])
            photos = [photo for photo in listing.photos if this.of(photo[0])]
            self._take(relative, photos, listing.sidecars)
            self.found.described.update(_join(relative, photo[0]) for photo in photos)

    def _is_beneath_link(self, relative_path: str) -> bool:
        parts = relative_path.split("/")
        return any(self._root.joinpath(*parts[: n + 1]).is_symlink() for n in range(len(parts)))

    def _is_beneath_passed(self, relative_path: str) -> bool:
        """Whether a walk would never get there, since one of the folders on the way is passed over,
        or the path itself where it is a folder."""
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
        if here in self._seen or (self._links and self._links.has_met(here, relative)):
            self._pass_over_folder(Reason.MET_TWICE, relative)
            return False
        if here is not None:
            self._seen.add(here)
            if self._links and self._is_behind_link:
                self._links.folders.add(here)
        return True

    def _list(self, folder: str, relative: str) -> FolderContents | None:
        try:
            listing = FolderContents.read(folder, self._report)
        except FileNotFoundError:
            return None
        if listing.trouble is not None:
            self.found.pass_over(listing.trouble, relative)
            self.found.unreadable.append(relative)
        for name in listing.unreadable:
            self.found.pass_over(Reason.UNREADABLE, _join(relative, name))
            self.found.unreadable.append(_join(relative, name))
        self._leave_out_too_long(relative, listing)
        is_nothing = not listing.photos and not listing.sub_folders
        return None if listing.trouble and is_nothing else listing

    def _is_too_long(self, relative_path: str) -> bool:
        longest = self._longest_path
        return longest is not None and len(os.fsencode(relative_path)) > longest

    def _leave_out_too_long(self, relative: str, listing: FolderContents) -> None:
        """What the catalog cannot take counts as too long for the system."""
        if not self._is_too_long(relative + "/" * _LONGEST_NAME):
            return  # as nearly always

        def fits(name: str) -> bool:
            return not self._is_too_long(_join(relative, name))

        names = [name for name, _, _ in listing.photos] + [each.name for each in listing.links]
        listing.too_long += [name for name in names if not fits(name)]
        for entry in listing.sub_folders:
            if not fits(entry.name):
                self._pass_over_folder(Reason.TOO_LONG, _join(relative, entry.name))
        listing.photos = [each for each in listing.photos if fits(each[0])]
        listing.links = [each for each in listing.links if fits(each.name)]
        listing.sub_folders = [each for each in listing.sub_folders if fits(each.name)]

    def _report(self, n_entries: int) -> None:
        self._n_seen += n_entries
        if self._n_seen >= self._n_reported + REPORT_EVERY:
            self._n_reported = self._n_seen
            self._beat()
            self._job.report(self._n_seen, 0, f"Looking through {self._root.name or self._root}")

    def _is_marked(self, folder: str, relative: str, listing: FolderContents) -> bool:
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

    def _take_sub_folders(self, folder: str, relative: str, listing: FolderContents) -> None:
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

    def _take_links(self, folder: str, relative: str, listing: FolderContents) -> None:
        for entry in listing.links:
            if entry.name[0] == ".":
                listing.others.append(entry.name)
                continue
            relative_path = _join(relative, entry.name)
            if self._links is None:
                self._pass_over_link(Reason.LINK, relative_path)
                continue
            try:
                self._take_link(entry, folder, relative_path, listing)
            except OSError:
                self._pass_over_link(Reason.BROKEN_LINK, relative_path)
                if not is_photo_name(entry.name):  # perhaps a folder, on a drive that is away
                    self.found.unreadable.append(relative_path)

    def _take_link(
        self, entry: DirEntry, folder: str, relative_path: str, listing: FolderContents
    ) -> None:
        file = entry.stat()
        if modes.S_ISDIR(file.st_mode):
            reason = self._why_not(entry.name, os.path.basename(folder), relative_path)
            if reason is None:
                heapq.heappush(self._behind_links, (relative_path, entry.path))
            else:
                self._pass_over_folder(reason, relative_path)
        elif not modes.S_ISREG(file.st_mode):
            listing.special.append(entry.name)
        elif is_photo_name(entry.name):
            name, size_bytes, mtime_ns, _ = stat_through(entry.path, entry.name)
            listing.linked.append(((name, size_bytes, mtime_ns), (file.st_dev, file.st_ino)))
        elif is_sidecar_name(entry.name):
            listing.sidecars.append((entry.name, file.st_size, file.st_mtime_ns))
        else:
            listing.others.append(entry.name)

    def _pass_over_link(self, reason: Reason, relative_path: str) -> None:
        self.found.pass_over(reason, relative_path)
        self.found.passed_folders.add(relative_path)

    def _take_photos(self, relative: str, listing: FolderContents) -> None:
        photos = listing.photos
        if not photos and listing.is_whole:
            return
        sizes = [size_bytes for _, size_bytes, _ in photos]
        digest = listing.digest(self._rules.for_files)
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
            for name, size_bytes, _ in photos:
                path = _join(relative, name)
                if size_bytes < MIN_SIZE_BYTES and not (excluded and self._rules.excludes(path)):
                    self.found.pass_over(Reason.TINY if size_bytes else Reason.EMPTY, path)

    def _take(self, relative: str, photos: list[Met], sidecars: list[Met]) -> bytes:
        """Take the photos. Returns how many the person's patterns exclude, and which patterns
        match: nothing if there are none, else `_COUNT_BYTES` and as many bytes as it takes."""
        known = by_name(sidecars)
        n_excluded = matched = 0
        for name, size_bytes, mtime_ns in photos:
            relative_path = _join(relative, name)
            if self._rules.excludes(relative_path):
                n_excluded += 1
                matched |= self._rules.matching(relative_path)
            elif size_bytes >= MIN_SIZE_BYTES:
                stat = FileStat.of(
                    relative_path, size_bytes, mtime_ns, written_sidecars(name, known)
                )
                self.found.files[relative_path] = stat
        if not n_excluded:
            return b""
        n_bytes = (matched.bit_length() + 7) // 8
        return n_excluded.to_bytes(_COUNT_BYTES, "big") + matched.to_bytes(n_bytes, "big")

    def _recall_excluded(self, relative: str, photos: list[Met], excluded: bytes) -> None:
        """Count what `_take` has excluded, now or at an earlier walk."""
        n_excluded = int.from_bytes(excluded[:_COUNT_BYTES], "big")
        self.found.matched |= int.from_bytes(excluded[_COUNT_BYTES:], "big")
        example = ""
        if len(self.found.examples.get(Reason.EXCLUDED, ())) < N_EXAMPLES:
            names = (_join(relative, name) for name, _, _ in photos)
            example = next(filter(self._rules.excludes, names), "")
        self.found.pass_over(Reason.EXCLUDED, example, n_excluded)

    def _pass_over_others(self, relative: str, listing: FolderContents) -> None:
        """Pass over all other files; sidecars only where there is no photo to which they could
        belong."""
        pass_over = self.found.pass_over
        names = listing.others
        if not listing.photos and not listing.linked:
            names = names + [name for name, _, _ in listing.sidecars]
        for name in names:
            if name[0] != ".":
                pass_over(kind_of(name), _join(relative, name))
            elif is_photo_name(name):
                pass_over(Reason.HIDDEN, _join(relative, name))
        for name in listing.special:
            if name[0] != ".":
                pass_over(Reason.SPECIAL, _join(relative, name))
        for name in listing.too_long:
            pass_over(Reason.TOO_LONG, _join(relative, name))


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and is_photo_name(name)


def _join(relative: str, name: str) -> str:
    return f"{relative}/{name}" if relative else name
