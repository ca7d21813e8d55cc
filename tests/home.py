"""A plugin that is loaded first (`-p tests.home`): before Django reads where its files are.

The test database, evidence and secret key stay out of the checkout, in a folder of their own.
"""

import os
from tempfile import mkdtemp

os.environ["TOWNWORKS_HOME"] = mkdtemp(prefix="townworks-tests-")
