"""The log names people by id only: nothing that was typed, searched for or stored may reach it."""

import json
import logging

import pytest
from celery import shared_task
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.test import Client
from django.urls import path

CANARY = "Canary-Maria"


@login_not_required
def broken(request):
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        raise ValueError(f"no such member: {CANARY}") from error


@login_not_required
def fine(request):
    return HttpResponse("fine")


urlpatterns = [path("broken/", broken), path("fine/", fine)]


@shared_task
def broken_task(name):
    raise ValueError(f"no such member: {name}")


@pytest.fixture
def written():
    """The lines that the product's own handler writes, from INFO up."""
    lines = []
    root = logging.getLogger()
    handler = next(handler for handler in root.handlers if handler.name == "stderr")
    collector = logging.Handler()
    collector.setFormatter(handler.formatter)
    for each in handler.filters:
        collector.addFilter(each)
    collector.emit = lambda record: lines.append(collector.format(record))
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(collector)
    root.setLevel(level)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_query_string_is_not_logged(written):
    Client().get(f"/fine/?q={CANARY}")

    assert "GET /fine/" in "".join(written)
    assert CANARY not in "".join(written)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_an_error_is_logged_with_its_place_and_causes_but_without_its_words(written):
    Client(raise_request_exception=False).get(f"/broken/?q={CANARY}")

    text = "".join(written)
    failed = next(line for line in map(json.loads, written) if line["event"] == "request_failed")
    assert {"builtins.ValueError", "builtins.KeyError"} < set(failed["exception"])
    assert any(f"{__name__.rpartition('.')[2]}.py" in place for place in failed["exception"])
    assert CANARY not in text


def test_a_broken_task_is_logged_without_its_arguments_and_words(written):
    broken_task.apply(args=[CANARY])

    assert "ValueError" in "".join(written)
    assert CANARY not in "".join(written)


@pytest.mark.django_db
def test_the_secret_of_a_link_is_in_no_line(written):
    Client().post(f"/reinstatements/external/{CANARY}/code/")

    assert written
    assert CANARY not in "".join(written)
