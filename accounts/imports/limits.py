"""How much of a file is taken for what it says, so that no file can fill the memory."""

LONGEST_CELL = 10_000  # characters
LONGEST_LINE = 1_000_000
MOST_LINES = 50
"""Lines that one quoted value may span; a quote that is not closed swallows no more than these."""
MOST_COLUMNS = 500
LARGEST_FILE = 200 * 1024 * 1024  # bytes
