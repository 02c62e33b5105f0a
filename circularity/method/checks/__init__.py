"""Checks of a method, one function a rule."""
