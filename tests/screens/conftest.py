"""``pytest tests/screens --approve`` takes the pictures as they are drawn now."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--approve",
        action="store_true",
        help="write the pictures of tests/screens anew, to be looked at",
    )
