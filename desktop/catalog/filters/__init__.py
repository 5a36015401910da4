"""Filters: which photos are meant. A tree of conditions that is compared, kept and compiled to SQL.

A filter says all by itself: `Readable() & InFolder(3)` are the photos of a folder that a list shows
and a search compares. Only files that are no photos (skipped ones) match no filter at all.

A new condition is one class (conditions.py), and one row that says it in SQL (in_sql.py).
"""
