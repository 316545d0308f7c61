"""What holds for every test; each folder has fixtures of its own."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Two cores are shared by many: how long one example took says nothing.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Forget this machine's own bridge; under CI, let no test pass by not running."""
    for name in [name for name in os.environ if name.startswith("FULFILLMENT_BRIDGE_")]:
        del os.environ[name]
    if os.environ.get("CI") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(NothingSkipped(), "nothing-skipped")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Thousands of tests stay until the end: to look for garbage among them takes a tenth more."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)  # after everything was put into a random order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has a time limit of its own takes minutes: it is spread over the first three quarters,
    so that no process has all of it to do, and none is left alone with it in the end."""
    long = [item for item in items if item.get_closest_marker("timeout")]
    in_turn = [item for item in items if not item.get_closest_marker("timeout")]
    for place, item in enumerate(long):
        in_turn.insert(place * len(items) * 3 // (4 * len(long)), item)
    items[:] = in_turn


class NothingSkipped:
    """Turns the session red when a test was skipped or was expected to fail."""

    def __init__(self) -> None:
        self.not_run: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped or hasattr(report, "wasxfail"):
            self.not_run.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.not_run.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.not_run and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.not_run:
            terminalreporter.section("not run, which CI does not allow", red=True)
            for name in sorted(set(self.not_run)):
                terminalreporter.write_line(name)
