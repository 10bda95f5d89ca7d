"""What became of every row of a folder's CSV files, read anew with the standard library and asked of the release.

`python -m tests.accounted FOLDER [--warehouse W]` prints a table per file and exits 1 when a row is lost. What belongs
here: reading Fingertips files and ONS's tidy ones without any code of the pipeline, and finding each row in a release.
What does not: whether a row was read as it should be.
"""
