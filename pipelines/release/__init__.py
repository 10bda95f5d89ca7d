"""One immutable DuckDB file per release: written, verified, swapped in, kept, and asked questions.

`publish` the order of publishing; `file` what the file holds; `folder` names, links and tags; `journal` which release
was current, from when on; `clearing` what is removed; `checksums` of its files; `overrule` who published over a failed
check; `query` read-only questions to the current release.
"""
