"""Made-up quarterly returns of which the truth is known: an oracle for the importer."""
