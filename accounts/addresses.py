"""Addresses of pages that take no arguments, looked up once.

A menu leads to thirty of them on every page, and Django works each one out anew.
"""

from functools import lru_cache

from django.urls import get_resolver, get_script_prefix, get_urlconf, reverse


def address(name):
    """Return the address of a page by its name, as ``reverse`` does."""
    return _address(name, get_resolver(get_urlconf()), get_script_prefix())


@lru_cache(maxsize=512)
def _address(name, _resolver, _prefix):
    return reverse(name)
