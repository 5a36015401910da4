"""Wording: numbers, dates and photos as a person says them."""

from __future__ import annotations

import unicodedata
from calendar import month_name
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from desktop.legible import legible
from desktop.library import (
    Band,
    Clause,
    Concept,
    Condition,
    Coverage,
    Doubt,
    EngineCheck,
    Hit,
    Means,
    Metadata,
    ModelInfo,
    Part,
    Photo,
    Problem,
    Progress,
    Query,
    Restraint,
    Sameness,
    Taken,
    TakenFrom,
)

_MOST_LETTERS = 40


def count_photos(n: int) -> str:
    """ "1 photo", "48,900 photos"."""
    return "1 photo" if n == 1 else f"{n:,} photos"


def can_do(model: ModelInfo) -> str:
    """ "English words · 512 numbers a photo · looks at 224 × 224 pixels · 606 MB on disk ·
    about 1.1 GB of memory · MIT"."""  # noqa: RUF002
    traits = model.traits
    if traits is None:
        sizes = _sizes(model)
        said = (sizes[:1].upper() + sizes[1:], model.licence)
        return " · ".join(part for part in said if part)
    languages = [_LANGUAGES[code] for code in traits.languages if code in _LANGUAGES]
    words = f"{languages[0]} words" if len(languages) == 1 else "Words in many languages"
    words = words if languages else "Words"
    parts = (
        words if traits.has_text else "No words",
        f"{traits.dim:,} numbers a photo",
        f"looks at {traits.input_px} × {traits.input_px} pixels",  # noqa: RUF001
        _sizes(model),
        traits.licence or "licence not known",
    )
    return " · ".join(part for part in parts if part)


def _sizes(model: ModelInfo) -> str:
    """On disk, and in memory; what was not measured here is "about"."""
    about = "" if model.memory_is_measured else "about "
    sizes = (
        f"{in_bytes(model.disk_bytes)} on disk" if model.disk_bytes else "",
        f"{about}{in_bytes(model.memory_bytes)} of memory" if model.memory_bytes else "",
    )
    return " · ".join(size for size in sizes if size)


_LANGUAGES = {
    **{"ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French"},
    **{"it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish"},
    **{"pt": "Portuguese", "ru": "Russian", "th": "Thai", "tr": "Turkish", "zh": "Chinese"},
}


def part(said: Part) -> str:
    """ "year: 2020", "not people", "like a.jpg", "concept cat"."""
    if isinstance(said, Condition):
        words = f"{said.key}: {said.value}"
    else:
        words = said.text
        if said.means is Means.PHOTO:
            words = f"like {Path(words).name}"
        elif said.means is Means.CONCEPT:
            words = f"concept {words}"
        words += "" if said.weight == 1.0 else f" × {said.weight:g}"  # noqa: RUF001
    shown = apart(legible(words))
    return f"not {shown}" if said.is_unwanted else shown


def apart(words: str) -> str:
    """The words, kept from turning round what stands beside them where they are read from right to
    left (Unicode Standard Annex 9, isolates): else "not" and "97 %" would stand among them."""
    turns = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in words)
    return f"\u2068{words}\u2069" if turns else words


def percent(share: float) -> str:
    """ "62 %"; a little is never none, and nearly all never all."""
    if 0 < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{share * 100:.0f} %"


def score(cosine: float) -> str:
    """ "0.31"; never "-0.00"."""
    return f"{round(cosine, 2) + 0.0:.2f}"


def met(is_unwanted: bool, share: float, n_photos: int) -> str:
    """How well a clause is met by the best photos that were found."""
    which = "The best photo" if n_photos == 1 else f"The best {n_photos} photos"
    shows = "lack" if is_unwanted else "show"
    on_average = "" if n_photos == 1 else ", on average"
    verb = f"{shows}s" if n_photos == 1 else shows
    return f"{which} {verb} this with a probability of {percent(share)}{on_average}."


_UNWANTED = {Band.LIKELY: Band.UNLIKELY, Band.MAYBE: Band.MAYBE, Band.UNLIKELY: Band.LIKELY}
SAME = {Sameness.PHOTO: "the same photo", Sameness.MOMENT: "the same moment"}


def why(hit: Hit) -> list[str]:
    """Why a photo was found, as far as there is more to say than its score: ["dog: likely",
    "not people: maybe", "by a part of it"]."""
    said = []
    if hit.sameness is not None:
        said.append(SAME[hit.sameness])
    if hit.is_named:
        said.append("it is called so")
    if len(hit.parts) > 1:
        for each in hit.parts:
            band = _UNWANTED[each.band] if each.clause.is_unwanted else each.band
            said.append(f"{part(each.clause)}: {band}")
    if hit.part is not None:
        said.append("by a part of it")
    return said


def how_sure(hit: Hit, is_likeness: bool = False) -> str:
    """ "Likely, 80 % sure": what the colour and the number on a photo say. Of one that stands there
    for another reason than its look, without how sure that is. is_likeness: see OF_LIKENESS."""
    called = band(hit.band, is_likeness)
    return called if _has_reason(hit) else f"{called}, {percent(hit.probability)} sure"


def badge(hit: Hit) -> str:
    """The same on the photo itself, where its colour says the band: "80 %"; "name", "same"."""
    if hit.sameness is not None:
        return "same" if hit.sameness is Sameness.PHOTO else "moment"
    return "name" if hit.is_named else percent(hit.probability)


def _has_reason(hit: Hit) -> bool:
    return hit.is_named or hit.sameness is not None


def mark(is_more: bool) -> str:
    return "More like this" if is_more else "Less like this"


def marks(query: Query) -> str:
    """ "3 meant, 1 not meant"; "" where nothing is marked."""
    counts = (len(query.more), "meant"), (len(query.less), "not meant")
    return ", ".join(f"{n:,} {way}" for n, way in counts if n)


def taught(concept: Concept) -> str:
    """ "Taught by 8 photos, and 2 not meant; 1 is gone"."""
    said = f"Taught by {count_photos(len(concept.more))}"
    if concept.less:
        said += f", and {len(concept.less):,} not meant"
    gone = "is" if concept.n_lost == 1 else "are"
    return f"{said}; {concept.n_lost:,} {gone} gone" if concept.n_lost else said


def asked(query: Query) -> str:
    """The text of a query as a title; of photos in it, their names."""
    sentence = query.sentence
    if all(clause.means is Means.WORDS for clause in sentence.clauses):
        return f"“{query.text}”" if query.text else ""
    parts: list[Part] = [*sentence.clauses, *sentence.conditions]
    alone = parts[0] if len(parts) == 1 else None
    if isinstance(alone, Clause) and alone == Clause(alone.text, means=Means.CONCEPT):
        return legible(alone.text)
    return ", ".join(map(part, parts))


def stack(n_alike: int, is_open: bool) -> str:
    """What is to be known of a photo that is put together with its look-alikes."""
    does = "closes" if is_open else "opens"
    acts = "" if is_open else " Copy, open and the like act on this one alone."
    return f"{n_alike:,} photos look like this; the number {does} them.{acts}"


def in_bytes(n_bytes: int) -> str:
    """ "2.4 MB"; thousands, as file managers count."""
    if n_bytes < 1000:
        return f"{n_bytes} bytes"
    size = float(n_bytes)
    for unit in ("KB", "MB", "GB"):
        size /= 1000
        if size < 999.5 or unit == "GB":
            break
    return f"{size:.1f} {unit}" if size < 99.95 else f"{size:,.0f} {unit}"


def name(path: Path) -> str:
    """The last part of a path, as it may be shown; of a whole drive, all there is."""
    return legible(path.name or str(path))


def short(words: str) -> str:
    """With the middle left out, where there are more than some 40 letters."""
    return words if len(words) <= _MOST_LETTERS else f"{words[:24]}…{words[-12:]}"


def whole(path: Path) -> str:
    """A path as it may be shown. To be copied or opened it is taken as it is."""
    return legible(str(path))


def day(moment: datetime) -> str:
    """ "3 May 2019", without the leading zero that strftime gives."""
    return f"{moment.day} {moment:%B %Y}"


def month(year: int, number: int) -> str:
    """ "May 2019"."""
    return f"{month_name[number]} {year}"


def span(taken: Taken) -> str:
    """ "2019", "May 2019", "from 3 May 2019", "before 9 May 2019" or from one to the other."""
    since, until = taken.since, taken.until
    if since is not None and taken == Taken.in_year(since.year):
        return str(since.year)
    if since is not None and taken == Taken.in_month(since.year, since.month):
        return month(since.year, since.month)
    begins = f"from {day(since)}" if since is not None else ""
    ends = f"before {day(until)}" if until is not None else ""
    return " ".join(filter(None, (begins, ends)))


def minute(moment: datetime) -> str:
    return f"{day(moment)}, {moment:%H:%M}"


def duration(seconds: float) -> str:
    """ "about 3 minutes", coarser the longer it takes."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} {'minute' if minutes == 1 else 'minutes'}"
    hours, minutes = divmod(round(minutes, -1), 60)
    if hours < 10 and minutes:
        return f"about {hours} h {minutes} min"
    return f"about {hours} {'hour' if hours == 1 else 'hours'}"


def time_left(seconds: float) -> str:
    """ "about 3 minutes left"."""
    return f"{duration(seconds)} left"


def rate(per_s: float) -> str:
    """ "12", "3.4", "0.25": a rate above 0 never reads as 0."""
    if per_s >= 9.95:
        return f"{per_s:,.0f}"
    return f"{per_s:.1f}" if per_s >= 0.95 else f"{max(per_s, 0.01):.2f}"


def progress(now: Progress, restraint: Restraint = Restraint.NONE) -> str:
    """ "Indexing photos: 120 of 4,800, 22 photos/s, about 4 minutes left". Without a total it is
    files that are counted, not photos."""
    parts = [legible(now.label) or "Working"]
    if now.total:
        parts = [f"{parts[0]}: {now.done:,} of {now.total:,}"]
    elif now.done:
        parts = [f"{parts[0]}: {now.done:,}"]
    if now.per_s is not None:
        parts.append(f"{rate(now.per_s)} {'photos' if now.total else 'files'}/s")
    if now.left_s is not None:
        parts.append(time_left(now.left_s))
    if restraint is Restraint.SLOW_ON_BATTERY:
        parts.append("slower on battery")
    return ", ".join(parts)


def engine_check(check: EngineCheck) -> str:
    """What the engine holds, how good first answers are, and what is wrong with it."""
    first = "every answer is exact"
    if check.exact_ms is not None:
        first += f", in {check.exact_ms:.1f} ms"
    if check.recall is not None and check.first_ms is not None and check.exact_ms is not None:
        first = (
            f"first answers have {percent(check.recall)} of the nearest 50 in "
            f"{check.first_ms:.1f} ms, exact ones come in {check.exact_ms:.1f} ms"
        )
    found = f"{check.found:,} of {check.in_catalog:,} photos are found"
    said = f"{check.engine} for {check.model}: {found}, it holds {check.held:,}; {first}."
    return "\n".join([said, *(check.troubles or ["Nothing is wrong."])])


def doubt(asked: Doubt) -> str:
    """ "4,000 of 10,000 photos in Pictures were gone at once. Keep them ..., or forget them?" """
    return (
        f"{asked.n_gone:,} of {count_photos(asked.n_photos)} in {name(asked.folder.path)} "
        "were gone at once. Keep them in the library until their files come back, or forget them?"
    )


_OF_WORDS: dict[Sameness | Band, str] = {
    Band.LIKELY: "Likely",
    Band.MAYBE: "Maybe",
    Band.UNLIKELY: "Unlikely",
}
OF_LIKENESS: dict[Sameness | Band, str] = {
    Band.LIKELY: "Very similar",
    Band.MAYBE: "Similar",
    Band.UNLIKELY: "Less similar",
}
"""The bands where a photo is part of what is searched for."""


def band(value: Band, is_likeness: bool = False) -> str:
    return (OF_LIKENESS if is_likeness else _OF_WORDS)[value]


def place(latitude: float, longitude: float) -> str:
    """ "48.1374° N, 11.5755° E"."""
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.4f}° {north}, {abs(longitude):.4f}° {east}"


def problems(found: Sequence[Problem]) -> str:
    """ "3 photos with a problem, 1 photo is damaged but can be found; the files are untouched." """
    n_damaged = sum(each.is_damage for each in found)
    n_others = len({each.photo.photo_id for each in found if not each.is_damage})
    parts = []
    if n_others:
        parts.append(f"{count_photos(n_others)} with a problem")
    if n_damaged:
        verb = "is" if n_damaged == 1 else "are"
        parts.append(f"{count_photos(n_damaged)} {verb} damaged but can be found")
    return f"{', '.join(parts)}; the files are untouched." if parts else ""


def spoken(photo: Photo, hit: Hit | None, is_likeness: bool = False) -> str:
    """What a screen reader says: "beach.jpg, 3 May 2019, likely, 80 % sure"."""
    parts = [name(photo.path)]
    if photo.metadata is not None:
        parts.append(day(photo.metadata.taken_at))
    if hit is not None:
        parts.append(how_sure(hit, is_likeness).lower())
    if photo.problem is not None:
        parts.append("has a problem")
    if photo.damage is not None:
        parts.append("damaged")
    if photo.is_missing:
        parts.append("missing")
    return ", ".join(parts)


_SAYS_WHEN = {
    TakenFrom.EXIF: "",
    TakenFrom.SIDECAR: "from the file beside it",
    TakenFrom.XMP: "from XMP",
    TakenFrom.IPTC: "from IPTC",
    TakenFrom.TEXT: "from the text in it",
    TakenFrom.TAKEOUT: "from Google Takeout",
    TakenFrom.NAME: "from the file's name",
    TakenFrom.FILE: "from the file's time",
}


def taken(facts: Metadata) -> str:
    """ "12 May 2019 18:33, UTC+2, from the file's name"; a camera's word needs no source."""
    parts = [minute(facts.taken_at)]
    if facts.utc_offset_min is not None:
        parts.append(utc_offset(facts.utc_offset_min))
    parts.append(_SAYS_WHEN[facts.taken_from])
    return ", ".join(filter(None, parts))


def utc_offset(minutes: int) -> str:
    """ "UTC+2", "UTC-3:30", "UTC"."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "UTC" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")


def details(photo: Photo) -> list[tuple[str, str]]:
    """What is known about a photo, as pairs of a title and a value, in reading order."""
    rows = [("Name", name(photo.path))]
    facts = photo.metadata
    if facts is not None:
        rows.append(("Taken", taken(facts)))
        megapixels = facts.width_px * facts.height_px / 1e6
        rows.append(
            ("Size", f"{facts.width_px:,} × {facts.height_px:,} pixels ({rate(megapixels)} MP)")  # noqa: RUF001
        )
    rows.append(
        (
            "File",
            f"{facts.format}, {in_bytes(photo.size_bytes)}"
            if facts
            else in_bytes(photo.size_bytes),
        )
    )
    if facts is not None:
        if facts.camera:
            rows.append(("Camera", legible(facts.camera)))
        if facts.lens:
            rows.append(("Lens", legible(facts.lens)))
        if facts.latitude is not None and facts.longitude is not None:
            rows.append(("Place", place(facts.latitude, facts.longitude)))
    rows.append(("Folder", whole(photo.path.parent)))
    if photo.problem is not None:
        rows.append(("Problem", photo.problem))
    if photo.damage is not None:
        rows.append(("Damage", photo.damage))
    if photo.folder_is_missing:
        rows.append(("Missing", "Its folder is away; the photo comes back when the folder does."))
    elif photo.is_missing:
        rows.append(("Missing", "The file is not where it was."))
    return rows


def searched(known: Coverage) -> str:
    """ "Searched 41,210 of 48,900 photos"."""
    if not known.total:
        return "There is nothing to search here"
    if known.searched == known.total and known.total != 1:
        return f"Searched all {count_photos(known.total)}"
    return f"Searched {known.searched:,} of {count_photos(known.total)}"


def found(n_photos: int, known: Coverage) -> str:
    """ "12 of 48,900 photos": how many meet conditions."""
    if n_photos == known.total:
        return count_photos(n_photos)
    return f"{n_photos:,} of {count_photos(known.total)}"
