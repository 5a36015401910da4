"""What was passed over, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from desktop.catalog import PassedOver, Reason


class Words(NamedTuple):
    """What is said of one file, of several, and why they are passed over."""

    one: str
    many: str
    why: str

    def say(self, n: int) -> str:
        return f"{n:,} {self.one if n == 1 else self.many}"


WORDS = {
    Reason.EMPTY: Words("empty file", "empty files", "There is nothing in them."),
    Reason.TINY: Words("tiny file", "tiny files", "Under 2 KB there are only icons."),
    Reason.NO_PHOTO: Words(
        "picture that is no photo",
        "pictures that are no photos",
        "They have fewer than 64 pixels, or are not what their names say.",
    ),
    Reason.UNFINISHED: Words(
        "unfinished download", "unfinished downloads", "They are not whole yet."
    ),
    Reason.VIDEO: Words("video", "videos", "Likeness looks at photos only."),
    Reason.RAW: Words("RAW file", "RAW files", "Not read; a JPEG beside them is."),
    Reason.PICTURE: Words(
        "picture of another kind",
        "pictures of other kinds",
        "Drawings, layers and formats that Likeness does not read.",
    ),
    Reason.SIDECAR: Words(
        "note of a program",
        "notes of programs",
        "What programs keep beside photos.",
    ),
    Reason.DOCUMENT: Words("document", "documents", "Likeness looks at photos only."),
    Reason.SOUND: Words("sound file", "sound files", "Likeness looks at photos only."),
    Reason.ARCHIVE: Words("archive", "archives", "Unpack them to have the photos in them found."),
    Reason.OTHER: Words("other file", "other files", "Their names do not end as a photo's does."),
    Reason.SPECIAL: Words("pipe or device", "pipes or devices", "They are no files."),
    Reason.HIDDEN: Words("hidden photo", "hidden photos", "Their names begin with a dot."),
    Reason.HIDDEN_FOLDER: Words("hidden folder", "hidden folders", "Their names begin with a dot."),
    Reason.EXCLUDED: Words(
        "excluded photo", "excluded photos", "One of your patterns passes over them."
    ),
    Reason.EXCLUDED_FOLDER: Words(
        "excluded folder", "excluded folders", "One of your patterns passes over them."
    ),
    Reason.NO_MEDIA: Words(
        "folder with .nomedia", "folders with .nomedia", "A file of this name asks for it."
    ),
    Reason.CACHE: Words(
        "folder of a program",
        "folders of programs",
        "They hold previews, thumbnails and caches.",
    ),
    Reason.LINK: Words("link", "links", "Not followed; see Settings, Folders."),
    Reason.BROKEN_LINK: Words("broken link", "broken links", "What they lead to is not there."),
    Reason.MET_TWICE: Words(
        "second way to the same",
        "second ways to the same",
        "The photo or folder is met by another way.",
    ),
    Reason.TOO_LONG: Words(
        "path too long",
        "paths too long",
        "The system cannot open them, or a catalog on a server cannot hold them.",
    ),
    Reason.UNREADABLE: Words(
        "file or folder that may not be read",
        "files or folders that may not be read",
        "Give yourself the right to read them.",
    ),
}

N_NAMED = 5


def together(passed: Iterable[PassedOver]) -> list[PassedOver]:
    """Of several folders, by reason, the most first; examples of the first folder that has any."""
    counted: Counter[Reason] = Counter()
    examples: dict[Reason, tuple[str, ...]] = {}
    for each in passed:
        counted[each.reason] += each.n
        examples[each.reason] = examples.get(each.reason) or each.examples
    return [PassedOver(reason, n, examples[reason]) for reason, n in counted.most_common()]


def in_a_line(passed: Iterable[PassedOver]) -> str:
    """ "9 links", "312: 300 videos, 9 links, 3 empty files"; "" if nothing was passed over."""
    all_ = together(passed)
    if not all_:
        return ""
    named = [WORDS[each.reason].say(each.n) for each in all_[:N_NAMED]]
    n_more = sum(each.n for each in all_[N_NAMED:])
    if n_more:
        named.append(f"{n_more:,} more")
    total = f"{sum(each.n for each in all_):,}: " if len(all_) > 1 else ""
    return total + ", ".join(named)
