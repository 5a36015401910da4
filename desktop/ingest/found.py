"""What a walk through a watched folder has met."""

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
