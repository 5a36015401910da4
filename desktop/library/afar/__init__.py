"""Afar: photos are decoded and models run on the machines of a Ray cluster; all else stays here."""
