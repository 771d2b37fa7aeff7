"""Two clients never number their plans alike, wherever they run."""

import os
import socket

import pytest

from harness.model.client import PLANS, first_plan, holder, is_plan_of


def test_a_client_knows_its_own_plans() -> None:
    assert is_plan_of(holder(), first_plan())
    assert is_plan_of(holder(), first_plan() + PLANS - 1)
    assert not is_plan_of(holder(), first_plan() + PLANS)
    assert first_plan() + PLANS < 2**53


def test_one_process_id_in_two_containers_is_two_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    first = []
    monkeypatch.setattr(os, "getpid", lambda: 1)
    for name in ("a", "b"):
        monkeypatch.setattr(socket, "gethostname", lambda name=name: name)
        first.append(first_plan())
    assert first[0] != first[1]
    assert not is_plan_of("b:1", first[0])
