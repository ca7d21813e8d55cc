"""Townworks: find, plan, run and evaluate programmes of specialised-industry towns."""
