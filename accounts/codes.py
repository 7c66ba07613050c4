"""Codes as people read them where nobody has worded them."""


def readable(code: str) -> str:
    """Return ``a_code.like_this`` as "A code like this"."""
    return code.replace("_", " ").replace(".", " ").capitalize()
