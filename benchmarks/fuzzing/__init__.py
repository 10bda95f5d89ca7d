"""Fuzzing of the parsers: valid small files, broken on purpose, and the law that every outcome must keep.

What belongs here: the seed files (`seeds.py`), what is done to them (`grid.py`, `text_bytes.py`, `workbook.py`), one
numbered case (`case.py`) and the law (`law.py`). What does not: the command (`fuzz_parsers.py`), or any layout: files
come from the embedded sample, parsers from `pipelines.sources.resources()`, so a new source is fuzzed without an edit.
"""
