import os

from celery import Celery
from celery.signals import setup_logging
from kombu.transport.virtual import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("reinstate")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Nothing is put back when the broker is lost: beat repeats every task. Kombu would leave the task in a temporary file.
Channel.do_restore = False


@setup_logging.connect
def keep_our_logging(**kwargs: object) -> None:
    """A receiver of this signal, even an empty one, stops Celery from replacing Django's logging with its own."""
