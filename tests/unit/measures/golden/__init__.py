"""The measures against the reference implementations, case by case."""
