"""Measures the product against floors, side by side in one run: `python -m tests.bench [section …]`."""
