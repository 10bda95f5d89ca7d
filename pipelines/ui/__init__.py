"""Dagster's web pages, served so that nobody else's page can use them against their owner."""
