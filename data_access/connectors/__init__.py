"""Connectors bring bytes and never look into them."""
