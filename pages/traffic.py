"""Giao thông, trật tự."""
