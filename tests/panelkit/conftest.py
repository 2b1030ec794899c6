"""The sessions of the tests of panels."""

from tests.panels.conftest import empty_session, recorded_session

__all__ = ["empty_session", "recorded_session"]
