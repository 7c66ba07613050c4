"""What a decision rests on, as plain values: how they are written, hashed and compared."""

import hashlib

from accounts import canonical


def encode(facts):
    """Return the canonical JSON of facts as text, for the form that shows them and posts them back."""
    return canonical.encode(facts).decode()


def digest(facts):
    return hashlib.sha256(canonical.encode(facts)).hexdigest()


def differences(shown, current, path=""):
    """Return ``(path, before, after)`` of every value that differs between two sets of facts."""
    if isinstance(shown, dict) and isinstance(current, dict):
        found = []
        for name in sorted(shown.keys() | current.keys()):
            found += differences(shown.get(name), current.get(name), f"{path}.{name}" if path else name)
        return found
    if isinstance(shown, list) and isinstance(current, list):
        found = []
        for index in range(max(len(shown), len(current))):
            before = shown[index] if index < len(shown) else None
            after = current[index] if index < len(current) else None
            label = name_of(before) or name_of(after) or str(index + 1)
            found += differences(before, after, f"{path}.{label}")
        return found
    return [] if shown == current else [(path, shown, current)]


def name_of(item):
    if not isinstance(item, dict):
        return ""
    return item.get("code") or item.get("kind") or item.get("effect") or ""
