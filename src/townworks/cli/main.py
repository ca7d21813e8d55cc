"""The program `townworks`: verbs, exit codes, and errors as one clear message."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from townworks.cli.appraise import appraise
from townworks.cli.assess import assess
from townworks.cli.chain import chain, draft_chain
from townworks.cli.demo import demo
from townworks.cli.discover import discover
from townworks.cli.plan import plan
from townworks.cli.policies import policies
from townworks.cli.programme import programme
from townworks.cli.read import read
from townworks.cli.register import load, migrate, serve, verify
from townworks.cli.returns import bring_in, bulletin, export, settlement, template
from townworks.errors import TownworksError

app = App(
    name="townworks",
    help="Find, plan, run and evaluate programmes of specialised-industry towns.",
    help_format="plaintext",
)
_STAGES = (demo, discover, appraise, plan, chain, read, policies, assess)
_REGISTER = (serve, migrate, load, verify, template, export, bulletin, settlement, programme)
for verb in (*_STAGES, *_REGISTER):
    app.command(verb)
app.command(draft_chain, name="draft-chain")
app.command(bring_in, name="import")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 if the request is at fault, 2 if we are.

    A fault is one message on standard error, never a traceback, unless TOWNWORKS_DEBUG is set.
    """
    try:
        app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _fail(f"{error} See townworks --help.", 1)
    except TownworksError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Stopped. Nothing was written.", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # the last resort: our fault, said in one line
        if "TOWNWORKS_DEBUG" in os.environ:
            raise
        return _fail(
            f"A fault of ours: {type(error).__name__}: {error}. Please report it with the command"
            " you typed; TOWNWORKS_DEBUG=1 shows where.",
            2,
        )
    return 0


def _fail(message: str, code: int) -> int:
    print(f"townworks: {message}", file=sys.stderr)
    return code
