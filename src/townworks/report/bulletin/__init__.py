"""The quarter's bulletin: one content, as a page that stands alone and as a Word document."""

from townworks.report.bulletin.docx import bulletin_docx
from townworks.report.bulletin.html import bulletin_html, style_of

__all__ = ["bulletin_docx", "bulletin_html", "style_of"]
