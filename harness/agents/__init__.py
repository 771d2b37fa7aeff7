"""What runs inside the lab's two agent containers: `network/` (hand and eye) and `services/`.

Shared, from the bottom: `timer` → `loop` (with `realtime`) → `server`; `journal`, `lease` → `conductor`; `agent`
uses all of them. `discovery` finds the nodes' processes, `lab` says which lab this is. Imports only
`harness.model`.
"""
