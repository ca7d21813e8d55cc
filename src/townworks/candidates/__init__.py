"""Where a town could be: how specialised each place is, and where it is worth a town."""
