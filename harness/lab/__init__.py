"""The lab: the engine it stands on, its images and containers, the clients of its agents, its load, its recorder."""
