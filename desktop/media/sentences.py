"""What a file did wrong, as a sentence for the person whose photo it is."""

from __future__ import annotations

import struct

from desktop.errors import NotAPhoto, PhotoUnreadable, UserError
from desktop.media.formats import PhotoFormat, format_of_name, refused_format

NOT_ALLOWED = "Likeness is not allowed to read this file."
"""A problem that the file's permissions make, and may end."""

_COPY_AGAIN = "Copy it again from the camera or from a backup."
_CUT_OFF = ("truncat", "unexpected end", "end of file", "eof", "not enough", "too short", "no data")
_UNSUPPORTED = (
    "unsupported",
    "not supported",
    "cannot handle",
    "unknown pixel mode",
    "unknown image mode",
    "unknown data organization",
    "decoder jpeg",
)
_UNCLEAR = ("decoder error", "numbers that pillow mistakes", "not identified by this driver")


def not_a_photo(name: str, head: bytes) -> NotAPhoto | PhotoUnreadable:
    """The answer for content that is no format we read. `head`: the file's first bytes."""
    refused = refused_format(head)
    if refused is not None:
        return NotAPhoto(f"{_article(refused)} file is not a photo that Likeness opens.")
    promised = format_of_name(name)
    if promised is None:
        return NotAPhoto("This is not a photo in a format that Likeness reads.")
    if not head.strip(b"\0"):
        return PhotoUnreadable(
            "The file holds only zeros: it was damaged while it was copied or recovered.",
            _COPY_AGAIN,
        )
    return PhotoUnreadable(
        f"This is not {_article(promised.name, 'a')}, although its name says so.",
        "Look at where it came from: it may be a web page or a document under a photo's name.",
    )


def disk_error(error: OSError) -> PhotoUnreadable:
    """The answer when the operating system refused to open or read the file."""
    if isinstance(error, PermissionError):
        return PhotoUnreadable(NOT_ALLOWED, "Change the file's permissions.")
    if isinstance(error, FileNotFoundError):
        return PhotoUnreadable("The file is no longer there.")
    return PhotoUnreadable(
        f"The disk did not give the file back ({error.strerror}).",
        "Check the drive or the network connection, then try again.",
    )


def damaged(error: Exception, kind: PhotoFormat) -> PhotoUnreadable:
    """The answer for whatever a decoder raised about a file that starts like a `kind`."""
    text = f"{error} {error.__cause__ or ''}".lower()
    causes = (error, error.__cause__)
    if isinstance(error, OSError) and error.strerror:
        return disk_error(error)
    if isinstance(error, MemoryError):
        return PhotoUnreadable(
            f"There is not enough memory to open this {kind.name}.",
            "Close other programs and retry.",
        )
    if any(isinstance(cause, (EOFError, struct.error, IndexError)) for cause in causes) or any(
        word in text for word in _CUT_OFF
    ):
        return PhotoUnreadable(
            f"The {kind.name} is cut off: a part of the file is missing.", _COPY_AGAIN
        )
    if isinstance(error, NotImplementedError) or any(word in text for word in _UNSUPPORTED):
        return PhotoUnreadable(
            f"This is a rare kind of {kind.name} that Likeness cannot read.",
            "Save it anew as JPEG or PNG with the program that made it.",
        )
    if any(word in text for word in _UNCLEAR):
        return PhotoUnreadable(
            f"The {kind.name} is damaged, or of a rare kind that Likeness cannot read.",
            "See whether another program opens it.",
        )
    return PhotoUnreadable(f"The {kind.name} is damaged and cannot be read.", _COPY_AGAIN)


def is_fault_of_file(error: Exception) -> bool:
    """Whether a decoder raised this about a file's content, and not about the disk or memory."""
    return not isinstance(error, MemoryError) and not (
        isinstance(error, OSError) and error.strerror
    )


def damage(kind: PhotoFormat, share: float) -> str:
    """What is wrong with a photo of which only this share of the rows is there."""
    missing = round(100 * (1 - share))
    what = f"{missing} % of the picture is missing" if missing else "its end is missing or wrong"
    return f"The {kind.name} can be found, but is damaged: {what}."


def wrong_part(kind: PhotoFormat) -> str:
    """What is wrong with a photo that decoded, but in whose pixels other data stand."""
    return f"The {kind.name} can be found, but is damaged: a part of the picture is wrong."


def no_decoder() -> UserError:
    """The answer when it is not the photo's fault."""
    return UserError(
        "Photos cannot be read now, because the program that decodes them does not start.",
        "Close other programs if memory is short, or install Likeness again.",
    )


def crashed() -> PhotoUnreadable:
    """The answer for a file whose decoder ended the process it ran in."""
    return PhotoUnreadable(
        "Reading this file crashed the program that decodes photos, so it was set aside.",
        _COPY_AGAIN,
    )


def too_slow(limit_s: float) -> PhotoUnreadable:
    """The answer for a file that kept its decoder busy for longer than any photo does."""
    return PhotoUnreadable(
        f"Reading this file took longer than {limit_s:.0f} seconds, so it was set aside.",
        "Retry it if the computer or the drive was very busy.",
    )


def too_large(width_px: int, height_px: int, limit_pixels: int) -> PhotoUnreadable:
    """The answer for a size that would not fit into memory beside everything else."""
    return PhotoUnreadable(
        f"The picture is too large to open safely: {width_px} x {height_px} pixels, "
        f"where {limit_pixels // 1_000_000} megapixels are the limit on this computer.",
        "Save a smaller copy of it.",
    )


def too_small(width_px: int, height_px: int) -> NotAPhoto:
    """The answer for icons, spacers and tracking pixels."""
    return NotAPhoto(f"The picture is too small to be a photo: {width_px} x {height_px} pixels.")


def _article(noun: str, case: str = "A") -> str:
    return f"{case}n {noun}" if noun[0] in "AEIO" else f"{case} {noun}"
