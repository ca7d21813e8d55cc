"""Every word of the pages stands in the catalogue, in both languages, and is used."""

import re
from pathlib import Path

import pytest

import townworks.web
from townworks.register.processes import processes
from townworks.schema.messages import catalogue

WEB = Path(townworks.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SAID = re.compile(r"""\bsay[ (]["']([\w.]+)["']""")


def test_every_message_asked_for_is_there() -> None:
    files = [*TEMPLATES, *WEB.rglob("*.py")]
    asked = {key for path in files for key in SAID.findall(path.read_text(encoding="utf-8"))}
    missing = {key for key in asked if f"web.{key}" not in catalogue()}
    assert not missing


def test_every_message_is_in_both_languages() -> None:
    for key, words in catalogue().items():
        if key.startswith(("web.", "register.", "evidence.")):
            assert set(words) == {"en", "zh"}, key
            names = [set(re.findall(r"{(\w+)", text)) for text in words.values()]
            assert names[0] == names[1], key


def test_no_template_says_anything_by_itself() -> None:
    for path in TEMPLATES:
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", " ", path.read_text(), flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z]{3,}|[\u4e00-\u9fff]+", text))
        assert words <= {"Townworks", "English", "中文", "SHA", "km"}, (path.name, words)


@pytest.mark.parametrize("kind", sorted(processes()))
def test_every_process_has_words(kind: str) -> None:
    assert f"web.kind.{kind}" in catalogue()
    for step in processes()[kind].steps.values():
        for name in step.fields:
            assert f"web.field.{name}" in catalogue(), name
