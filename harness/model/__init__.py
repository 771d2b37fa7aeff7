"""The data that every layer shares: frozen, without effects on anything outside."""
