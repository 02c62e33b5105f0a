"""Workbooks: the template that people fill in, and reading it back."""
