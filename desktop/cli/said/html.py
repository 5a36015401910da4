"""Pages that need no other file: what a command measured, to look at and to pass on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from desktop.errors import UserError

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { padding: .15rem 1rem .15rem 0; text-align: left }
td:not(:first-child), th:not(:first-child) { text-align: right }
td { font-variant-numeric: tabular-nums }
.side { display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start }
svg text { font: 11px system-ui, sans-serif; fill: currentColor }
"""


def page(title: str, parts: Sequence[str], style: str = "") -> str:
    """HTML. parts: of the body below the title; style: what they need beside the common one."""
    return "\n".join(
        [
            "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>",
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}{style}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *parts,
            "</body></html>\n",
        ]
    )


def table(rows: Sequence[Sequence[str]], headings: Sequence[str] = ()) -> str:
    """Names in the first column, figures flush right behind it."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in headings)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table>{f'<tr>{head}</tr>' if head else ''}{body}</table>"


def write_file(path: Path, text: str) -> None:
    """Raises UserError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"The figures cannot be written to {path}: {error.strerror}.", "Choose another file."
        ) from error
