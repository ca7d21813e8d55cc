"""Words, amounts and days in templates, in the language of the page."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from townworks.register.cases import process_of
from townworks.schema.messages import catalogue, message
from townworks.web import speech

register = template.Library()
LONGEST_SOURCE = 40


@register.simple_tag
def say(key: str, **values: Any) -> str:
    """Text of the catalogue: {% say "town.title" name=town.name %}."""
    return speech.say(key, **values)


@register.filter
def word(code: Any, group: str) -> str:
    """Word for a code: {{ account.role|word:"role" }}."""
    return speech.word(group, code)


@register.filter
def own(record: Any, field: str = "name") -> str:
    """Return a record's text in the language of the page: {{ town|own:"industry" }}."""
    value = getattr(record, f"{field}_{speech.language()}", "")
    return str(value or getattr(record, f"{field}_zh", "") or getattr(record, f"{field}_en", ""))


@register.filter
def words(value: Any) -> str:
    """Return the text of a mapping with `en` and `zh`."""
    return str(value.get(speech.language(), "")) if value else ""


@register.filter
def money(value: Decimal | None, unit: str = "cny") -> str:
    """Write an amount."""
    return speech.money(value, unit)


@register.filter
def exact(value: Decimal | None) -> str:
    """Write every digit of a number, with thousands apart."""
    if value is None:
        return speech.say("none")
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def day(value: date | None) -> SafeString:
    """Write a day, readable by machines."""
    if value is None:
        return format_html("{}", speech.say("none"))
    plain = value.date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', plain.isoformat(), speech.day(plain))


@register.filter
def day_text(value: date | None) -> str:
    """Write a day as text, for a sentence."""
    return speech.day(value)


@register.filter
def status(code: Any) -> str:
    """Word for a town's status."""
    return speech.word("status", code)


@register.filter
def link(source: str) -> SafeString:
    """Return a source as a link to it where it is an address, else as it stands."""
    if source.startswith(("http://", "https://")):
        host = source.split("/")[2]
        return format_html('<a href="{}" rel="noreferrer external">{}</a>', source, host)
    plain = source.removeprefix("no-url: ")
    if len(plain) <= LONGEST_SOURCE:
        return format_html("{}", plain)
    return format_html('<abbr title="{}">{}…</abbr>', plain, plain[:LONGEST_SOURCE].rstrip())


@register.simple_tag
def map_texts() -> str:
    """Messages that the map's script shows, as JSON."""
    prefix = "boundaries.map."
    texts = {
        key.removeprefix(prefix): words[speech.language()]
        for key, words in catalogue().items()
        if key.startswith(prefix)
    }
    return json.dumps(texts, ensure_ascii=False)


@register.filter
def case_url(case: Any) -> str:
    """Address of a matter's page."""
    return reverse("case", args=[case.KIND, case.pk])


@register.filter
def state_word(case: Any) -> str:
    """Word for the state of a matter."""
    return process_of(case).states[case.state].title[speech.language()]


@register.simple_tag
def reason(refusal: Any) -> str:
    """Write why something is refused."""
    return str(refusal.say(speech.language()))


@register.filter
def sector(code: str, programme: Any) -> str:
    """Word for a sector of the programme."""
    return str(programme.sectors.get(code, {}).get(speech.language(), code)) if programme else code


@register.filter
def bounded(figure: Any) -> str:
    """Write a figure as its source puts it: about, over, nearly so much."""
    value = speech.money(figure.value, figure.unit)
    return message(f"policies.bound.{figure.bound}", speech.language(), value=value)
