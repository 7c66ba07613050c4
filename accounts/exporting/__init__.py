"""How a list becomes a file: its columns, the guard against formulas, CSV by two roads to the same bytes, XLSX."""
