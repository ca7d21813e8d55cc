"""Joins the stages to storage: read → check → compute → check → write, a function per verb."""
