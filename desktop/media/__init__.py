"""Files <-> pixels: decoding, metadata, thumbnails. Knows no database and no model."""

from desktop.media.decode import DecodedPhoto, decode, is_photo_name
from desktop.media.metadata import PhotoFacts
from desktop.media.thumbnails import Thumbnails

__all__ = ["DecodedPhoto", "PhotoFacts", "Thumbnails", "decode", "is_photo_name"]
