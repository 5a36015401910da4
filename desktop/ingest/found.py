"""What a walk through a watched folder has met: photos, and what was passed over as what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from desktop.catalog import N_EXAMPLES, FileStat, PassedOver, Reason
from desktop.ingest.rules import RulesAt


@dataclass(slots=True)
class Found:
    """Photos, and what was passed over.

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
        meets_links: there are links, and only a scan of all folders can tell which to follow.
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
    meets_links: bool = False
    rules: RulesAt = field(default_factory=RulesAt)

    def hides(self, relative_path: str) -> bool:
        """Whether it lies where nothing could be read, so that nothing is known of it."""
        return any(_is_beneath(relative_path, folder) for folder in self.unreadable)

    def passes_over(self, relative_path: str) -> bool:
        """Whether a file that was not found would be passed over if it were there."""
        if self.rules.excludes(relative_path):
            return True
        parts = relative_path.split("/")
        return any("/".join(parts[: n + 1]) in self.passed_folders for n in range(len(parts)))

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


def _is_beneath(relative_path: str, folder: str) -> bool:
    return not folder or relative_path == folder or relative_path.startswith(folder + "/")


_SUFFIXES = {
    Reason.VIDEO: "3g2 3gp asf avi divx flv insv lrv m2ts m2v m4v mkv mov mp4 mpeg mpg mts mxf ogv "
    "vob webm wmv",
    Reason.RAW: "3fr ari arw bay cap cr2 cr3 crw dcr dng eip erf fff gpr iiq k25 kdc mdc mef mos "
    "mrw nef nrw orf pef ptx r3d raf raw rw2 rwl rwz sr2 srf srw x3f",
    Reason.PICTURE: "afdesign afphoto ai blp cdr clip cur dcm dds djvu dpx emf eps exr fits hdp "
    "hdr icns ico j2c j2k jp2 jpf jpm jpx jxr kra odg ora pam pbm pcx pfm pgm pict pnm ppm psb "
    "psd psp pxd qoi ras sai sgi svg svgz sketch tga vsd wbmp wdp wmf xbm xcf xpm",
    Reason.DOCUMENT: "csv doc docx epub htm html key log md mobi numbers odp ods odt pages pdf pps "
    "ppt pptx ps rtf tex txt url webloc xls xlsx",
    Reason.SIDECAR: "aae comask cos dop ini json lnk moff modd pp3 thm vrd xml xmp yaml yml",
    Reason.SOUND: "aac aif aiff amr ape caf flac m4a mid mp3 oga ogg opus wav wma",
    Reason.ARCHIVE: "7z bz2 cbr cbz dmg gz iso rar tar tgz txz xz zip zst",
    Reason.UNFINISHED: "crdownload download filepart opdownload part partial tmp",
}
_BY_SUFFIX = {suffix: reason for reason, all_ in _SUFFIXES.items() for suffix in all_.split()}


def kind_of(name: str) -> Reason:
    return _BY_SUFFIX.get(name[name.rfind(".") + 1 :].lower(), Reason.OTHER)
