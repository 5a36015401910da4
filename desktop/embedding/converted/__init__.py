"""Converted networks: the photos' side of a model, run by OpenVINO where that is faster here.

Any embedder whose networks are torch modules (`Convertible`) takes part: CLIP and its kin, the
starters, `cnn`, `simclr`, `vit`. Words stay with what they are, for a person asks them one by one.

What is gained and lost is measured where it is used (`Conversion`), and written down (`Record`):
float32 and bfloat16 by OpenVINO give the embeddings that torch gives, to the last digits, and so
belong to the same model_id without asking anybody. int8 does not: it turns each embedding by a
little, which is more than nothing where two photos are nearly as near as each other. So the
person's own photos decide. They are embedded both ways, and int8 is taken where what is nearest
stays the same.

Embeddings of both kinds then stand in one space, since what was embedded before stays: a photo in
int8 is compared with one in float32, and the same pixels may have a cosine of 0.99 instead of 1.
That is why agreement is also measured with every other photo in int8 (`Agreement.mixed`), and why
words, which are never rounded, are asked of the mixture. What was embedded in int8 stays so when
the choice is taken back, until the photo changes or the model does.
"""

from desktop.embedding.converted.agreement import N_NEAREST, N_PHOTOS, Agreement, agreement_of
from desktop.embedding.converted.conversion import Conversion, absent
from desktop.embedding.converted.record import Converted, Record
from desktop.embedding.converted.runtime import is_installed, runtime_name

__all__ = [
    "N_NEAREST",
    "N_PHOTOS",
    "Agreement",
    "Conversion",
    "Converted",
    "Record",
    "absent",
    "agreement_of",
    "is_installed",
    "runtime_name",
]
