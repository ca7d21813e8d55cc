"""`townworks demo`: the register with the Zhejiang programme inside, in one command."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def demo(
    *,
    home: Annotated[Path, Parameter(help="Folder that keeps the register.")] = Path(
        "townworks-demo"
    ),
    port: Annotated[int, Parameter(help="Port to serve on.")] = 8000,
    serve: Annotated[
        bool, Parameter(help="Open the web; --no-serve only makes the register.")
    ] = True,
) -> None:
    """Open a practice register: published towns, an invented one to try things in, a login a role.

    Ctrl-C stops it and leaves it as it was for next time; passwords are made anew at each start.

    Example: townworks demo --home /tmp/townworks-demo --no-serve
    """
    from townworks.workflow.serving import ServeOptions, check_port, prepare_demo, serve_register

    options = ServeOptions(port=port)
    if serve:
        check_port(options)
    print("Preparing the register …", flush=True)
    logins = prepare_demo(home)
    width = max(len(login.username) for login in logins)
    print("\nSign in as:")
    for login in logins:
        print(f"  {login.username:<{width}}  {login.password}  {login.role}")
    if serve:
        print(
            f"\nOpen http://{options.host}:{port}/   (Ctrl-C stops; {home} keeps everything)",
            flush=True,
        )
        serve_register(home, options)
