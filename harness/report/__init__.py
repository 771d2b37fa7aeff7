"""Outcomes for people: pure renderings of outcome.json, and the reduced outcomes of docs/runs."""
