"""What a run of `index` did, as it is told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from desktop.catalog import Glance
from desktop.ingest import ScanTally, Tally
from desktop.library.passed_over import together
from desktop.library.reports import IndexSummary


def summarise(
    glance: Glance,
    found: ScanTally,
    done: Tally,
    beside_models: Sequence[str],
    unmatched: tuple[str, ...],
    elapsed_s: float,
) -> IndexSummary:
    """glance: at the end. beside_models: pass_ids of the passes that are no embedding of whole
    photos."""
    counts, passed_over = glance.counts, chain.from_iterable(glance.passed_over.values())
    others = {pass_id: done.made[pass_id] for pass_id in beside_models}
    return IndexSummary(
        photos=counts.photos,
        new=max(found.new - done.renamed - done.skipped, 0),
        changed=max(found.changed - done.touched, 0),
        renamed=done.renamed,
        missing=counts.missing,
        problems=counts.problems,
        waiting=counts.waiting,
        embedded=done.made.total() - sum(others.values()),
        passed_over={each.reason: each.n for each in together(passed_over)},
        unmatched=unmatched,
        made=others,
        elapsed_s=elapsed_s,
    )
