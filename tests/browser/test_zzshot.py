import pytest
from tests.browser import house
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
def test_shot(open_browser, db):
    people = house.furnish()
    page = open_browser(people["supervisor"]); page.set_viewport_size({"width":390,"height":844})
    for n,u in (("queue","/reinstatements/?queue=open"),("log","/log/?account="+"N"*60),("accounts","/accounts/")):
        page.goto(u); page.screenshot(path=f"/tmp/h10/s_{n}.png", full_page=False)
    page = open_browser(people["compliance"])
    for n,u in (("queue","/reinstatements/?queue=open"),("log","/log/"),("accounts","/accounts/"),("exports","/log/exports/"),("access","/access/"),("home","/")):
        page.goto(u); page.screenshot(path=f"/tmp/h10/w_{n}.png")
        print(n, page.evaluate("[document.documentElement.scrollWidth, innerWidth]"))
