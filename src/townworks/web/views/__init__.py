"""Pages: each parses what is asked, calls the register or the workflow, and shows the answer."""
