"""What `deploy/` sets up, started for real."""
