"""How the installation is doing: `runs` what became of every run, `health` what follows from that, from the release and
from the sources, `signals` the same for machines that only read files.

What does not belong here: words for a person (`cli/status.py`), or telling anybody (`alerts/`).
"""
