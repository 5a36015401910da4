"""Learn the heads of a starter model from captioned photos.

    python -m desktop.embedding.starter.training photos --eyes lite2 --data CAPTIONED --out FILE
    python -m desktop.embedding.starter.training words --photos FILE... --data CAPTIONED --out MODEL

The first learns the photos' side for one network, together with English words. The second puts one
or more of them side by side as a model, leaves them as they are, and learns the words' side for
them in every language that has captions. It prints the quality measured on dev, and on every folder
given with --labelled (one sub-folder a class; nothing is learned from those).

CAPTIONED holds images/, captions.csv (image, split = train or dev, caption) and, if there are other
languages, languages.csv (the same and language).
"""
