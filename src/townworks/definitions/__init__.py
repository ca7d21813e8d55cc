"""Data, no logic: gazetteer, code lists, vocabularies, messages."""
