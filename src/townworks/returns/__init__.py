"""Returns of towns: sheets → values with their cells → what is doubtful → what the register gets.

Pure: no files, no clock, no database. `io.workbooks` reads the files, `workflow.returns` joins.
"""
