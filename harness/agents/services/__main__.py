"""``python3 -m harness.agents.services``: the service-agent container."""

from harness.agents.services.agent import main

if __name__ == "__main__":
    main()
