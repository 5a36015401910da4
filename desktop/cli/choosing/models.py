"""`likeness models`: which there are, which answers, and how to get another."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json, say_table, size
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say_done
from desktop.library import Library, ModelInfo, Purpose, Status, absent, runtime_name

MOST_NAMED = 4
"""So many languages of a model are named in the table."""


def models(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_models(library: Library, arguments: argparse.Namespace) -> int:
    now = library.status()
    n_embedded = library.models.count_embeddings()
    known = [
        (model, n_embedded.get(model.model_id or "", 0), _state(model, now))
        for model in library.models.list_all()
    ]
    if arguments.json:
        say_json([_as_json(*row) for row in known])
        return DONE
    say_table(
        (
            "Embedded",
            "State",
            "Model",
            "Words",
            "Numbers",
            "Pixels",
            "Disk",
            "Memory",
            "Licence",
            "How to get it",
        ),
        (
            (
                f"{n:,}",
                state,
                model.name,
                *_traits(model),
                *_sizes(model),
                _licence(model),
                _how_to_get(model),
            )
            for model, n, state in known
        ),
    )
    for model, _, _ in known:
        if model.runs:
            note(f"{model.name}: {model.runs}")
        if model.can_convert and now.answered_by(model):
            note(
                f"`likeness models convert {model.name}` measures whether OpenVINO is faster here."
            )
    if not runtime_name():
        note(f"{absent().message} {absent().hint}")
    return DONE


def use_model(library: Library, arguments: argparse.Namespace) -> int:
    library.models.use(arguments.name, Purpose(arguments.purpose) if arguments.purpose else None)
    now = library.status()
    if now.coming_model is None:
        say_done(f"{_who_answers(now)}.")
    else:
        waiting = count(now.coming_waiting, "photo")
        does = "reads anew" if now.reads_anew else "is embedding"
        say_done(f"{now.coming_model.name} {does} {waiting}; {_who_answers(now)} until then.")
        note("Run `likeness index` to do it now.")
    return DONE


def download_model(library: Library, arguments: argparse.Namespace) -> int:
    with watched_job("B") as job:
        path = library.models.download(arguments.name, job)
    say_done(f"{arguments.name} is in {path}")
    note(f"`likeness models use {arguments.name}` searches with it from now on.")
    return DONE


def convert_model(library: Library, arguments: argparse.Namespace) -> int:
    name = arguments.name or library.status().model.name
    if arguments.undo:
        record = library.converting.decline(name)
    else:
        with watched_job("photos") as job:
            record = library.converting.convert(name, job)
    if arguments.json:
        agreement = dataclasses.asdict(record.agreement) if record.agreement else None
        said = {"model": name, "way": record.way or None, "ms": dict(record.ms)}
        say_json(said | {"agreement": agreement, "sentence": record.sentence})
    else:
        say_done(f"{name}: {record.sentence}")
    return DONE


def _who_answers(now: Status) -> str:
    if now.model == now.likeness_model:
        return f"{now.model.name} answers"
    return f"{now.model.name} answers words and {now.likeness_model.name} likeness"


def _state(model: ModelInfo, now: Status) -> str:
    answered = now.answered_by(model)
    if answered:
        return "answers" if len(answered) == len(Purpose) else f"answers {answered[0]}"
    if now.coming_model is not None and model.model_id == now.coming_model.model_id:
        return "coming"
    return "at hand" if model.is_available else "absent"


def _sizes(model: ModelInfo) -> tuple[str, str]:
    """On disk, and in memory; what was not measured here is "about"."""
    about = "" if model.memory_is_measured else "about "
    memory = f"{about}{size(model.memory_bytes)}" if model.memory_bytes else ""
    return size(model.disk_bytes) if model.disk_bytes else "", memory


def _licence(model: ModelInfo) -> str:
    return model.licence or ("not known" if model.traits is not None else "")


def _traits(model: ModelInfo) -> tuple[str, str, str]:
    """Which words, how many numbers an embedding has, the side of what is looked at."""
    traits = model.traits
    if traits is None:
        return "", "", ""
    languages = "many" if len(traits.languages) > MOST_NAMED else ", ".join(traits.languages)
    words = languages or "yes" if traits.has_text else "none"
    return words, str(traits.dim), str(traits.input_px)


def _as_json(model: ModelInfo, n_embedded: int, state: str) -> dict[str, Any]:
    traits = model.traits
    return {
        "name": model.name,
        "title": model.title,
        "description": model.description,
        "state": state,
        "model": model.model_id,
        "path": str(model.path) if model.path else None,
        "embedded": n_embedded,
        "words": traits.has_text if traits else None,
        "languages": list(traits.languages) if traits else None,
        "dim": traits.dim if traits else None,
        "input_px": traits.input_px if traits else None,
        "licence": model.licence or (None if traits is None else ""),
        "published": model.published or None,
        "package": model.package or None,
        "runs": model.runs or None,
        "can_download": model.can_download,
        "download_bytes": model.download_bytes,
        "disk_bytes": model.disk_bytes,
        "memory_bytes": model.memory_bytes,
        "memory_is_measured": model.memory_is_measured,
    }


def _how_to_get(model: ModelInfo) -> str:
    if model.is_available:
        return f"here, from the package {model.package}" if model.package else "here"
    if not model.can_download:
        return model.description
    fetched = f" ({size(model.download_bytes)})" if model.download_bytes else ""
    return f"likeness models download {model.name}{fetched}"


ACTIONS = {
    "list": list_models,
    "use": use_model,
    "download": download_model,
    "convert": convert_model,
}
