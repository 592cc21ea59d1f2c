"""Báo chí, mạng xã hội."""
