"""Outcomes for people: pure renderings of outcome.json, and what is kept of one beside the page that shows it."""
