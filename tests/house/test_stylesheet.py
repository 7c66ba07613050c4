"""The colours can be read: WCAG 2.1, 1.4.3 and 1.4.11, computed from the tokens of the stylesheet for both schemes."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEET = Path(settings.BASE_DIR, "static/css/reinstate.css").read_text()
TOKENS = {
    name: dict(zip(("light", "dark"), pair, strict=True))
    for name, *pair in re.findall(r"--(\w[\w-]*): light-dark\((#\w{3,6}), (#\w{3,6})\)", SHEET)
}
STRIPES = dict(re.findall(r"\.stripe-(\d+) \{ --stripe: (#\w{6}) ?\}", SHEET))
GROUNDS = ("bg", "surface", "sunken")
TEXTS = [(text, ground) for text in ("text", "muted", "accent") for ground in (*GROUNDS, "accent-soft")]
TONES = [(tone, ground) for tone in ("quiet", "info", "ok", "warn", "bad") for ground in (f"{tone}-soft", *GROUNDS)]
OTHERS = [("on-accent", "accent"), ("on-accent", "accent-strong"), ("accent-strong", "accent-soft")]


def luminance(colour):
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS + TONES + OTHERS)
def test_words_stand_out_from_what_is_behind_them(text, ground, scheme):
    assert contrast(TOKENS[text][scheme], TOKENS[ground][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "surface"])
def test_the_edge_of_a_field_can_be_seen(ground, scheme):
    assert contrast(TOKENS["edge"][scheme], TOKENS[ground][scheme]) >= 3


@pytest.mark.parametrize("colour", STRIPES.values(), ids=STRIPES.keys())
def test_a_client_s_colour_carries_white_letters_and_is_seen_in_both_schemes(colour):
    assert contrast(colour, "#ffffff") >= 4.5
    assert contrast(colour, TOKENS["surface"]["dark"]) >= 2.9


def test_there_are_twelve_client_colours_all_different():
    assert [*STRIPES] == [str(number) for number in range(1, 13)]
    assert len(set(STRIPES.values())) == 12


def test_the_stylesheet_stays_small():
    assert len(SHEET.encode()) < 25_000
