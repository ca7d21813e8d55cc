"""The command line: one small module per verb."""

from townworks.cli.main import main

__all__ = ["main"]
