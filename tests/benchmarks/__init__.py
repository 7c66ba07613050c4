"""Scripts that measure, never tests: ``python -m tests.benchmarks.NAME --rounds N --rows N``.

Importing this package points the product at a scratch database of its own on PostgreSQL, before any model is read.
"""

import os

import django
from django.conf import settings

SERVER = os.environ.get("BENCHMARK_SERVER", "postgres://postgres@127.0.0.1:5432")
SCRATCH = f"bench_reinstate_{os.getpid()}"

if not settings.configured:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["DATABASE_URL"] = f"{SERVER}/{SCRATCH}"
    django.setup()
