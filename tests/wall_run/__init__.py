"""The endurance run of the wall, outside the tests."""
