"""Fuzzing of the parsers: valid small files, broken on purpose, and the law that every outcome must keep.

What belongs here: the seed files (`seeds.py`, and `modelled.py` for layouts that the sample has none of), what is done
to them (`grid.py`, `text_bytes.py`, `sources/formats/workbook.py`, `json_tree.py`), one numbered case (`case.py`) and
the law (`law.py`). What does not: the command (`__main__.py`), or what a parser does: parsers come from
`pipelines.sources.resources()`, so a new source is fuzzed without an edit once the sample or `modelled.py` has a file.
"""
