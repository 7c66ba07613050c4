"""The product's settings in the environment of a test: keys that never change, and a folder of its own for each run."""

import atexit
import os
import shutil
import tempfile

os.environ["TESTING"] = "1"
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("SEALING_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
os.environ.setdefault("SEARCH_KEY", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")
if "VAR_DIR" not in os.environ:
    # Made by the first process; parallel workers and started programs inherit it.
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="reinstate-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from config.settings import *  # noqa: F403
