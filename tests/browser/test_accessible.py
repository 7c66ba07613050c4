"""Every page of every role, for those who read with a screen reader, move with the keyboard, or see little contrast."""

import pytest

from tests.browser.visits import CHECKS, EVERYBODY, wrong

BAD = """<!doctype html><title></title><body style="background: #fff">
<h1>One</h1><h1>Two</h1><img src="data:,"><input id="twice" tabindex="3"><a id="twice" href="/"></a>
<button style="outline: none; background: #fff; color: #777">Grey</button><p style="width: 9000px">Wide</p>"""

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_has_one_heading_a_language_and_a_name_for_everything(visits, who):
    assert wrong(visits[who], "structure") == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_focus_can_be_seen_wherever_it_is(visits, who):
    assert wrong(visits[who], "focus") == {}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_all_text_has_a_contrast_of_4_5_to_1(visits, who, colours):
    assert wrong(visits[who], colours) == {}


def test_the_checks_find_what_is_wrong(page):
    page.set_content(BAD)
    page.add_script_tag(path=CHECKS)
    page.keyboard.press("Shift")

    assert page.evaluate("checks.structure()") == [
        "2 h1 headings",
        "no language",
        "no title",
        "0 main landmarks",
        "id used twice: twice",
        "tabindex: <input #twice> ",
        'no words for: <img src="data:,">',
        'no name: <input #twice>  <input id="twice" tabindex="3">',
        'no name: <a #twice>  <a id="twice" href="/"></a>',
    ]
    assert page.evaluate("checks.focus()") == ["focus not seen: <button> Grey"]
    # https://webaim.org/resources/contrastchecker/?fcolor=777777&bcolor=FFFFFF
    assert page.evaluate("checks.contrast()") == ["4.48: <button> Grey "]
    assert page.evaluate("checks.width()")[1:] == ["<p> Wide"]
