"""The service agent: signals, services and HAProxy's runtime values of every node, and samples of what they do."""
