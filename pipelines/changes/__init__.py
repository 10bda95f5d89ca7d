"""What earlier releases said, and how a new one differs.

In reading order: `previous` the release compared with, `withheld` what must not be told any more, `log` every cell that
ever changed and `log_folder` its files, `revisions` which difference is which kind, `rebuilt` whether a build of an
earlier day equals what was published then, `record` all of it for one release. What does not belong here: the pages
(`report/`), or checks (`sql/checks/`).
"""
