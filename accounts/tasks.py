"""What beat starts on the workers for long work. The tables are the queues: a task takes nothing, a lost one is not
missed.
"""

from celery import shared_task

from accounts.models import ImportRun
from accounts.services import background, import_runs


@shared_task
def run_imports():
    """Work on the import that waits longest, for half a minute at the most. May run twice and on several workers."""
    background.work(ImportRun, import_runs.do, ended=import_runs.close)


@shared_task
def tidy_imports():
    """Close what is over and remove files that nobody needs any more. May run twice."""
    import_runs.tidy()
