"""A practice register served as `townworks demo` serves it, and hands to use it with."""

import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError

from playwright.sync_api import Browser, Page

LOGIN = re.compile(r"^  (\S+)\s+(\S+-\S+-\S+)\s+(\S+)$", re.MULTILINE)
SECONDS = 90


@dataclass(frozen=True)
class Site:
    """Address of the web and the printed passwords."""

    address: str
    passwords: dict[str, str]


@contextmanager
def demo_site(home: Path) -> Iterator[Site]:
    """Run the command that the README names, until the block ends."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("townworks")
    log = (home.parent / "demo.log").open("w+", encoding="utf-8")
    command = [str(program), "demo", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, home.parent / "demo.log")
        text = (home.parent / "demo.log").read_text(encoding="utf-8")
        yield Site(address, {name: password for name, password, _ in LOGIN.findall(text)})
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(SECONDS * 2):
        if process.poll() is not None:
            raise RuntimeError(log.read_text(encoding="utf-8"))
        try:
            urllib.request.urlopen(address, timeout=10).close()  # noqa: S310 (our own address)
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(log.read_text(encoding="utf-8"))


@dataclass
class Visitor:
    """Somebody at a browser, in a language; faults: what the console and the policy complain of."""

    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the site."""
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"

    def step(self, name: str, **fields: Any) -> None:
        """Take a step of the matter on the page."""
        form = self.page.locator(f'form[action$="/{name}/"]')
        if not form.is_visible():
            self.page.locator("details.step", has=form).locator("summary").click()
        for label, value in fields.items():
            entry = form.locator(f'[name="{label}"]')
            is_choice = entry.evaluate("e => e.tagName") == "SELECT"
            entry.select_option(str(value)) if is_choice else entry.fill(str(value))
        form.locator("button").click()
        self.page.wait_for_load_state()

    def state(self) -> str:
        """Return the state that the matter's page shows."""
        return self.page.locator(".headline .tag.state").inner_text()

    def path(self) -> str:
        """Return the page's path."""
        return self.page.url.removeprefix(self.site.address)


def is_fault(kind: str, text: str) -> bool:
    """Whether a console message is a fault; a form that comes back with its mistakes is none."""
    return kind in ("error", "warning") and "status of 422" not in text


@contextmanager
def visitor(browser: Browser, site: Site, language: str, user: str = "") -> Iterator[Visitor]:
    """Open a window, signed in as a user or not at all; any fault of a page fails the test."""
    locale = "zh-CN" if language == "zh" else "en-US"
    context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    who = Visitor(page, site)
    page.on("console", lambda m: who.faults.append(m.text) if is_fault(m.type, m.text) else None)
    page.on("pageerror", lambda error: who.faults.append(str(error)))
    if user:
        who.go("/sign-in/")
        page.fill("#id_username", user)
        page.fill("#id_password", site.passwords[user])
        page.click("main form button")
        page.wait_for_url("**/inbox/")
    yield who
    context.close()
    assert not who.faults, who.faults
