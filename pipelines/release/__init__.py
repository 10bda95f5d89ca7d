"""One immutable DuckDB file per release: written, verified, swapped in, kept, and asked questions.

`publish` the order of publishing; `file` what the file holds; `folder` names, links, tags and pruning; `checksums` of
its files; `overrule` who published over a failed check; `query` read-only questions to the current release.
"""
