"""How long a file was, by its own words: RIFF, the boxes of ISO base media, JPEG 2000."""

from __future__ import annotations


def promised_bytes(data: bytes) -> int:
    """The bytes of the whole file of which `data` is all there is, or the beginning; fewer where
    its last part does not say how long it is."""
    if data.startswith(b"RIFF"):
        return 8 + int.from_bytes(data[4:8], "little")
    if data.startswith(b"\xff\x4f"):
        return _promised_by_tiles(data)
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length == 0 and data[at + 4 : at + 8] == b"jp2c":
            return at + 8 + _promised_by_tiles(data[at + 8 :])
        if length < 8:
            break
        at += length
    return at


def _promised_by_tiles(data: bytes) -> int:
    """The end of the last tile-part of a JPEG 2000 code stream that has begun (ISO/IEC 15444-1,
    A.4.2)."""
    at = 2
    while at + 12 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0x90:
            at += int.from_bytes(data[at + 6 : at + 10], "big")
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
