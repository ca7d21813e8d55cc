"""The page's sentences in both languages, with its numbers put in."""

import polars as pl

from townworks.report.facts import DiscoveryFacts, gaps, spans
from townworks.schema.messages import LANGUAGES, catalogue, message

CERTAINTY = (("certain", 0.99), ("verylikely", 0.90), ("likely", 0.66), ("open", 0.33))
"""Word → least probability; below the last it is "unlikely" (after Mastrandrea et al. 2010)."""
Texts = dict[str, dict[str, str]]


def page_texts(
    specialisation: pl.DataFrame, facts: DiscoveryFacts, seats: tuple[int, int]
) -> Texts:
    """Language → key → text. Keys of `script.` keep their places for values.

    seats: counties with a position, and all counties.
    """
    return {language: _texts(specialisation, facts, seats, language) for language in LANGUAGES}


def _texts(
    specialisation: pl.DataFrame, facts: DiscoveryFacts, seats: tuple[int, int], language: str
) -> dict[str, str]:
    own = {
        key.removeprefix("report."): texts[language]
        for key, texts in catalogue().items()
        if key.startswith("report.")
    }
    texts = {k: text for k, text in own.items() if "{" not in text or k.startswith("script.")}
    example = specialisation["speciality"][0] if specialisation.height else "—"
    return texts | {
        "lead": _lead(specialisation, facts, language),
        "map.about": own[f"map.about.{facts.level}"],
        "map.none": message("report.map.none", language, known=seats[0], all=seats[1]),
        "query.hint": message("report.query.hint", language, example=example),
        "method.words.text": _words(language),
        "method.sample.text": _sample(facts.years, language),
        "origin.period.text": _period(facts, language),
        "origin.source.text": facts.source_in(language),
        "origin.seed.text": own["origin.seed.none"] if facts.seed is None else str(facts.seed),
        **{f"certainty.{k}": _at_least(k, p, language) for k, p in CERTAINTY[:3]},
    }


def _lead(specialisation: pl.DataFrame, facts: DiscoveryFacts, language: str) -> str:
    """Return the headline: how many specialities stand out where, and on what that rests."""
    source = facts.source_in(language)
    if specialisation.is_empty():
        return message("report.lead.none", language, source=source)
    n_places = specialisation["place_code"].n_unique()
    one = ".one" if n_places == 1 else ""
    places = message(f"report.places.{facts.level}{one}", language, n=n_places)
    first = message(
        "report.lead.found",
        language,
        places=places,
        source=source,
        pairs=f"{specialisation.height:,}",
    )
    counts = facts.counts
    rest = message(
        "report.lead.rest", language, counted=f"{counts.enterprises:,}", read=f"{counts.read:,}"
    )
    return f"{first} {rest}" if language == "en" else first + rest


def _sample(years: tuple[int, ...], language: str) -> str:
    """Which years the source covers, which it lacks, and what may not be read from it."""
    if not years:
        return message("report.method.sample.undated", language)
    parts = [message("report.method.sample.years", language, years=spans(years))]
    if missing := gaps(years):
        parts.append(message("report.method.sample.gaps", language, gaps=spans(missing)))
    else:
        parts.append(message("report.method.sample.nogaps", language))
    text = (" " if language == "en" else "").join(parts)
    return text if language == "en" else text.replace(", ", "、")


def _period(facts: DiscoveryFacts, language: str) -> str:
    """Bounds of registration that were asked for."""
    if facts.since and facts.until:
        return message("report.origin.both", language, since=facts.since, until=facts.until)
    if facts.since:
        return message("report.origin.since", language, since=facts.since)
    if facts.until:
        return message("report.origin.until", language, until=facts.until)
    return message("report.origin.any", language)


def _at_least(key: str, least: float, language: str) -> str:
    word = message(f"report.script.{key}", language)
    return f"{message('report.certainty.least', language, word=word)} (≥ {least:.0%})"


def _words(language: str) -> str:
    """Return the words for certainty with their bounds: practically certain ≥ 99%."""
    parts = [f"{message(f'report.script.{k}', language)} ≥ {p:.0%}" for k, p in CERTAINTY]
    parts.append(f"{message('report.script.unlikely', language)} < {CERTAINTY[-1][1]:.0%}")
    words = (", " if language == "en" else "、").join(parts)
    return message("report.method.words.text", language, words=words)
