"""Outcomes for people: pure renderings of outcome.json."""
