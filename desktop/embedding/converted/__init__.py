"""Converted networks: the photos' side of a model, run by OpenVINO where that is faster here.

Any embedder whose networks are torch modules (`Convertible`) takes part: CLIP and its kin, the
starters, `cnn`, `simclr`, `vit`. Words stay with what they are, for a person asks them one by one.

What is gained and lost is measured where it is used (`Conversion`), and written down
(`Measurement`). float32 by OpenVINO must give torch's embeddings (cosines of 0.9999 and more), and
bfloat16 may turn them as far as torch's own does (0.99): both belong to the same model_id without
asking anybody. int8 turns them further, which is more than nothing where two photos are nearly as
near as each other. So the person's own photos decide: they are embedded both ways, and int8 is
taken where what is nearest stays the same.

Embeddings of both kinds then stand in one space, since what was embedded before stays: a photo in
int8 is compared with one in float32, and the same pixels may have a cosine of 0.99 instead of 1.
That is why agreement is also measured with every other photo in int8 (`Agreement.mixed`), and why
words, which are never rounded, are asked of the mixture. What was embedded in int8 stays so when
the choice is taken back, until the photo changes or the model does.
"""

from desktop.embedding.converted.agreement import N_NEAREST, N_PHOTOS, Agreement, agreement_of
from desktop.embedding.converted.conversion import Conversion, absent
from desktop.embedding.converted.record import Converted, Measurement
from desktop.embedding.converted.runtime import is_installed, runtime_name

__all__ = [
    "N_NEAREST",
    "N_PHOTOS",
    "Agreement",
    "Conversion",
    "Converted",
    "Measurement",
    "absent",
    "agreement_of",
    "is_installed",
    "runtime_name",
]
