"""A parser whose help goes where answers go, and whose errors help."""

from __future__ import annotations

import argparse
import difflib
import re
from typing import Any, NoReturn

from desktop.cli.said.streams import AnswerLost, ReaderGone, flush_answer, note, say
from desktop.legible import legible, shortened

_NO_CHOICE = re.compile(r"argument .+: invalid choice: '(.+)' \(choose from (.+)\)")
_NAME = re.compile("[a-z][a-z-]+")
_LACKS_VALUE = re.compile("argument (--[a-z-]+): expected one argument")
_NO_OPTION = re.compile(r"-\.?\d")
"""No option begins so, but a number does, or a list of them: -0.1,0,0.5,0.5."""
_TAKEN_AWAY = re.compile(r"-[^-]")
"""Words of a search may begin so: -people."""


class Parser(argparse.ArgumentParser):
    """Options are written in full. A word that was taken for one gets a hint."""

    def __init__(self, **how: Any) -> None:
        super().__init__(allow_abbrev=False, **how)
        self._negative_number_matcher = _NO_OPTION
        self._typed: list[str] = []

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._typed = list(args)
        return super().parse_known_args(self._with_words_joined(), namespace)

    def _with_words_joined(self) -> list[str]:
        """What was typed, with `--words -people` as `--words=-people`: argparse would take the
        second word for an option."""
        joined: list[str] = []
        for word in self._typed:
            may_follow = joined and self._takes_words(joined[-1]) and "--" not in joined
            if may_follow and self._may_be_words(word):
                joined[-1] += f"={word}"
            else:
                joined.append(word)
        return joined

    def _takes_words(self, option: str) -> bool:
        """Whether words of a search follow. Of a command's options, its own parser knows more."""
        action = self._option_string_actions.get(option)
        return action is not None and action.metavar == "TEXT" and self._subparsers is None

    def _may_be_words(self, word: str) -> bool:
        return _TAKEN_AWAY.match(word) is not None and self._is_unknown(word)

    def print_help(self, file: Any = None) -> None:
        if file is None:
            self.answer(self.format_help())
        else:
            super().print_help(file)

    def answer(self, text: str) -> None:
        """Write what was asked for; ends the process with 1 where that cannot be done."""
        try:
            for line in text.splitlines():
                say(line)
            flush_answer()
        except ReaderGone:
            self.exit()
        except AnswerLost as error:
            note(error.message)
            self.exit(1)

    def error(self, message: str) -> NoReturn:
        super().error(shortened(legible(message)) + shortened(legible(self._hint(message))))

    def _hint(self, message: str) -> str:
        """The command that was meant, or how a word that begins with - is typed, where it may be
        that this was meant."""
        if wrong := _NO_CHOICE.match(message):
            near = difflib.get_close_matches(wrong[1].strip().lower(), _NAME.findall(wrong[2]), 1)
            return f"; did you mean {near[0]}?" if near else ""
        word = next((word for word in self._typed if self._is_unknown(word)), None)
        takes_words = any(
            not action.option_strings and action.choices is None for action in self._actions
        )
        if word is None:
            return ""
        if lacking := _LACKS_VALUE.match(message):
            return f"; for a value that begins with -, type: {lacking[1]}={word}"
        said = "for words that begin with -, type them behind all options"
        return f"; {said}: {self.prog} -- {word}" if takes_words else ""

    def _is_unknown(self, word: str) -> bool:
        """Whether it looks like an option, and there is none of that name."""
        known = self._option_string_actions
        is_known = word.partition("=")[0] in known or (word[:2] in known and word[2:].isdigit())
        is_value = word == "--" or _NO_OPTION.match(word) is not None
        return len(word) > 1 and word.startswith("-") and not is_value and not is_known
