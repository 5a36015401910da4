"""Attributes: what people say of photos in tables of their own, read in and asked for."""
