"""`python -m pipelines.cli` is `inequality`."""

from pipelines.cli.app import main

main()
