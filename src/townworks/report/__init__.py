"""Charts, tables and self-contained HTML."""
