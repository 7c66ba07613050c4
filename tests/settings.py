"""The product's settings in the environment of a test: keys that never change, and a folder of its own for each run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["TESTING"] = "1"
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("SEALING_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
os.environ.setdefault("SEARCH_KEY", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")
if "VAR_DIR" not in os.environ:
    # Made by the first process; parallel workers and started programs inherit it.
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="reinstate-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if worker and Path(os.environ["VAR_DIR"]).name != worker:
    # A folder for each worker: files that one test sweeps or counts are not those of another.
    os.environ["VAR_DIR"] = str(Path(os.environ["VAR_DIR"], worker))
    Path(os.environ["VAR_DIR"]).mkdir(parents=True, exist_ok=True)

from config.settings import *  # noqa: E402, F403
