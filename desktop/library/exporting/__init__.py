"""Exporting: photos go out as tables, folders and contact sheets; the photos themselves stay."""
