"""How seasons, holidays and what counts from today are said in other languages than English.

Left out is what means something else in another language ("hier" is here in German), and holidays
that other churches keep on other days.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one language says it: patterns, of which a space is any blanks, and ' any apostrophe.

    Attributes:
        names: of seasons and holidays, by the English one; spans: of week, weekend, month and year.
        days: what stands for a day by itself.
        last, this: words that tell of it; "last" may stand behind, too.
        leads: what may stand in front and says nothing more; joins: between a name and its year.
        articles: before a name, or before "last" and a name.
        bounds: by "since", "after", "before" and "until".
    """

    names: dict[str, str]
    spans: dict[str, str]
    days: dict[str, str]
    last: str
    this: str
    leads: str
    joins: str
    articles: str = "(?!)"
    bounds: dict[str, str] = field(default_factory=dict)


TONGUES = (
    Tongue(  # German
        {
            "spring": "Frühling|Frühjahr",
            "summer": "Sommer",
            "autumn": "Herbst",
            "winter": "Winter",
            "christmas": "Weihnachten",
            "christmas eve": "Heiligabend",
            "easter": "Ostern",
            "new year's eve": "Silvester",
            "new year": "Neujahr",
        },
        {"week": "Woche", "weekend": "Wochenende", "month": "Monat", "year": "Jahr"},
        {"today": "heute", "yesterday": "gestern", "the day before yesterday": "vorgestern"},
        last="(?:letzte|vergangene|vorige)[nrsm]?",
        this="diese[nrsm]?",
        leads="im|am|an|in|zu|vom|von|aus|über|während",
        joins="von|des Jahres",
        articles="(?:de[mnrs]|die|das) ",
        bounds={"since": "seit|ab", "after": "nach", "before": "vor", "until": "bis(?: zum?)?"},
    ),
    Tongue(  # French
        {
            "spring": "printemps",
            "summer": "été",
            "autumn": "automne",
            "winter": "hiver",
            "christmas": "Noël",
            "christmas eve": "(?:la )?veille de Noël",
            "easter": "Pâques",
            "new year's eve": "(?:la )?Saint[ -]Sylvestre|réveillon du (?:nouvel an|jour de l'an)",
            "new year": "nouvel an|jour de l'an",
        },
        {"week": "semaine", "weekend": "week-?end", "month": "mois", "year": "an(?:née)?"},
        {"today": "aujourd'hui", "the day before yesterday": "avant-hier"},
        last="(?:dernier|dernière|passée?)",
        this="(?:ce|cet|cette)",
        leads="à|au|aux|en|de|du|des|pendant|durant|pour|dans",
        joins="de|de l'an(?:née)?",
        articles="(?:l'|(?:le|la|les) )",
        bounds={
            "since": "depuis|dès",
            "after": "après",
            "before": "avant",
            "until": "jusqu'(?:à|au|en)",
        },
    ),
    Tongue(  # Spanish
        {
            "spring": "primavera",
            "summer": "verano",
            "autumn": "otoño",
            "winter": "invierno",
            "christmas": "Navidad(?:es)?",
            "christmas eve": "Nochebuena",
            "easter": "Pascua",
            "new year's eve": "Nochevieja",
            "new year": "año nuevo",
        },
        {"week": "semana", "weekend": "fin de semana", "month": "mes", "year": "año"},
        # Hoy is an island, and Ayer Hitam a town.
        {"yesterday": "ayer(?! +[^ ,;])", "the day before yesterday": "anteayer"},
        last="(?:pasad[oa]s?|últim[oa]s?)",
        this="(?:este|estas?)",
        leads="en|del?|durante|por",
        joins="del?|del año",
        articles="(?:el|las?|los) ",
        bounds={
            "since": "desde",
            "after": "después del?|tras",
            "before": "antes del?",
            "until": "hasta",
        },
    ),
    Tongue(  # Italian
        {
            "spring": "primavera",
            "summer": "estate",
            "autumn": "autunno",
            "winter": "inverno",
            "christmas": "Natale",
            "christmas eve": "(?:la )?vigilia di Natale",
            "easter": "Pasqua",
            "new year's eve": "San Silvestro",
            "new year": "Capodanno",
        },
        {
            "week": "settimana",
            "weekend": "fine settimana|week-?end",
            "month": "mese",
            "year": "anno",
        },
        {
            "today": "oggi",
            "yesterday": "ieri",
            "the day before yesterday": "l'altro ieri|avantieri",
        },
        last="(?:scors[oa]|passat[oa])",
        this="quest(?:o|a|')",
        leads="in|a|di|del|della|nel|nella|durante|per",
        joins="del?|dell'anno",
        articles="(?:(?:nel|del)?l'|d'|(?:il|la|lo) )",
        bounds={
            "since": "dal|dalla|dall'",
            "after": "dopo",
            "before": "prima d(?:i|el|ella|ell')",
            "until": "fino al?(?:la|l')?",
        },
    ),
    Tongue(  # Dutch
        {
            "spring": "lente|voorjaar",
            "summer": "zomer",
            "autumn": "herfst|najaar",
            "winter": "winter",
            "christmas": "kerst(?:mis)?",
            "christmas eve": "kerstavond",
            "easter": "Pasen",
            "new year's eve": "oudjaar|oudejaarsavond|oud en nieuw",
            "new year": "nieuwjaar",
        },
        {"week": "week", "weekend": "weekend", "month": "maand", "year": "jaar"},
        {"today": "vandaag", "yesterday": "gisteren", "the day before yesterday": "eergisteren"},
        last="(?:vorige?|afgelopen)",
        this="(?:deze|dit)",
        leads="in|met|op|tijdens|van|uit",
        joins="van|in",
        articles="(?:de|het) ",
        bounds={"since": "sinds|vanaf", "after": "na"},  # "voor" is "for", too
    ),
    Tongue(  # Portuguese
        {
            "spring": "primavera",
            "summer": "verão",
            "autumn": "outono",
            "winter": "inverno",
            "christmas": "Natal",
            "christmas eve": "véspera de Natal",
            "easter": "Páscoa",
            "new year's eve": "véspera de ano novo|réveillon|passagem de ano",
            "new year": "ano novo",
        },
        {"week": "semana", "weekend": "fim de semana", "month": "mês", "year": "ano"},
        {"today": "hoje", "yesterday": "ontem", "the day before yesterday": "anteontem"},
        last="(?:passad[oa]|últim[oa])",
        this="(?:n?este|n?esta)",
        leads="em|nos?|nas?|de|do|da|durante",
        joins="de|do|do ano de",
        articles="[oa]s? ",
        bounds={
            "since": "desde",
            "after": "depois d[eoa]|após",
            "before": "antes d[eoa]",
            "until": "até",
        },
    ),
    Tongue(  # Polish
        {
            "spring": "wiosn(?:ą|[ay])",
            "summer": "lat(?:o|em)",
            "autumn": "jesie(?:ń|ni|nią)",
            "winter": "zim(?:ą|[ay])",
            "christmas": "Boże Narodzenie",
            "christmas eve": "Wigilia",
            "easter": "Wielkanoc",
            "new year's eve": "Sylwester",
            "new year": "nowy rok",
        },
        {
            "week": "tydzień|tygodniu",
            "weekend": "weekend",
            "month": "miesiąc|miesiącu",
            "year": "roku?",
            "summer": "lata",  # beside a number it is "years"
        },
        {"today": "dzisiaj", "yesterday": "wczoraj", "the day before yesterday": "przedwczoraj"},
        last="(?:zeszł|ubiegł|ostatni)(?:y|i|a|e|ej|ego|iej|iego|ym|im)?",
        this="(?:tego|tej|tym|ten)",
        leads="w|we|na|z|ze",
        joins="roku",
    ),
    Tongue(  # Russian
        {
            "spring": "весна|весны|весной",
            "summer": "лето|лета|летом",
            "autumn": "осень|осени|осенью",
            "winter": "зима|зимы|зимой",
            "new year": "новый год",
        },
        {"week": "неделя|неделю|неделе", "month": "месяц|месяце", "year": "год|году"},
        {"today": "сегодня", "yesterday": "вчера", "the day before yesterday": "позавчера"},
        last="(?:прошлый|прошлая|прошлое|прошлую|прошлым|прошлой|прошлого|прошлом)",
        this="(?:этот|эта|эту|это|этой|этого|этом|этим)",
        leads="в|на|за",
        joins="года",
    ),
)
