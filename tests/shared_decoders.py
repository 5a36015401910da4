"""Decoding processes that all tests of a run share; starting some for each would take minutes."""

from desktop.media import Decoders

DECODERS = Decoders(n_processes=2)
