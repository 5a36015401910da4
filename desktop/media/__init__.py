"""Files <-> pixels: decoding, metadata, thumbnails. Knows no database and no model."""

from desktop.media.colour import Sides
from desktop.media.decode import MIN_SIDE_PX, MIN_SIZE_BYTES, DecodedPhoto, decode, max_pixels
from desktop.media.decoders import Decoders, Fit, FittedPhoto, HashedFile
from desktop.media.facts.metadata import PhotoFacts
from desktop.media.facts.sidecars import Sidecars, is_sidecar_name
from desktop.media.formats import format_of_name, is_photo_name
from desktop.media.photo_part import TILES, PhotoPart
from desktop.media.sentences import NOT_ALLOWED
from desktop.media.thumbnails import (
    THUMBNAIL_LEAST_PX,
    THUMBNAIL_LEAST_SHORT_PX,
    THUMBNAIL_PX,
    THUMBNAIL_SHORT_PX,
    Thumbnails,
    as_thumbnail,
)

__all__ = [
    "MIN_SIDE_PX",
    "MIN_SIZE_BYTES",
    "NOT_ALLOWED",
    "THUMBNAIL_LEAST_PX",
    "THUMBNAIL_LEAST_SHORT_PX",
    "THUMBNAIL_PX",
    "THUMBNAIL_SHORT_PX",
    "TILES",
    "DecodedPhoto",
    "Decoders",
    "Fit",
    "FittedPhoto",
    "HashedFile",
    "PhotoFacts",
    "PhotoPart",
    "Sidecars",
    "Sides",
    "Thumbnails",
    "as_thumbnail",
    "decode",
    "format_of_name",
    "is_photo_name",
    "is_sidecar_name",
    "max_pixels",
]
