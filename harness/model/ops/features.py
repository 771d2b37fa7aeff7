"""The op on an API server's feature switches."""

from harness.model.ops.base import LOOP, SERVICE, Act, Disturbs, OnNode

FEATURES = ("force_index", "cache_tokens")
"""Switches of an API server (compose/api/features.py)."""


class FeatureSet(OnNode, Act, frozen=True, tag="feature_set"):
    """Act: a feature switch of an API server, on or off."""

    agent = SERVICE
    disturbs = Disturbs.nothing  # API servers are behind the pair
    lane = LOOP  # one file

    feature: str
    enabled: bool


FeatureOp = FeatureSet
