"""Names of months in the languages that the starters know, as far as they are not numbered there:
Dutch, English, French, German, Italian, Polish, Portuguese, Russian, Spanish and Turkish."""

from __future__ import annotations

from desktop.catalog import folded

ENGLISH = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)

_NAMES = (
    "januar jänner januari janvier enero gennaio styczeń stycznia janeiro январь января ocak",
    "februar februari février febrero febbraio luty lutego fevereiro февраль февраля şubat",
    "märz maart mars marzo marzec marca março март марта mart",
    "april avril abril aprile kwiecień kwietnia апрель апреля nisan",
    "mai mei mayo maggio maj maja maio май мая may\u0131s",
    "juni juin junio giugno czerwiec czerwca junho июнь июня haziran",
    "juli juillet julio luglio lipiec lipca julho июль июля temmuz",
    "august augustus août agosto sierpień sierpnia август августа ağustos",
    "september septembre septiembre settembre wrzesień września setembro сентябрь сентября eylül",
    "oktober octobre octubre ottobre październik października outubro октябрь октября ekim",
    "november novembre noviembre listopad listopada novembro ноябрь ноября kas\u0131m",
    "dezember december décembre diciembre dicembre grudzień grudnia dezembro декабрь декабря "
    "aral\u0131k",
)
_PEOPLE = frozenset({"marco"})
"""Without its accents this is a name of people."""


def _numbers() -> dict[str, int]:
    numbers = {}
    for number, (english, others) in enumerate(zip(ENGLISH, _NAMES, strict=True), 1):
        for name in (english, english[:3], *others.split()):
            numbers[name] = number
            if folded(name) not in _PEOPLE:
                numbers[folded(name)] = number
    return numbers


_NUMBERS = _numbers()


def month_of(name: str) -> int | None:
    """1 to 12 for the name of a month, or three letters of the English one, in any case and with
    or without accents; None for other words."""
    return _NUMBERS.get(name.lower()) or _NUMBERS.get(name.lower().replace("i\u0307", "i"))
