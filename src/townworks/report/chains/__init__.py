"""The page of an industry chain at a place: its picture, gaps, leads, counties."""

from townworks.report.chains.page import ChainFacts, chain_page, mark
from townworks.report.chains.picture import Node, draw_chain, picture_style

__all__ = ["ChainFacts", "Node", "chain_page", "draw_chain", "mark", "picture_style"]
