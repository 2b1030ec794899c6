"""The Python blocks of the guide run as they stand, page by page."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
PAGES = sorted(
    page for page in GUIDE.glob("*.md") if "```python" in page.read_text("utf-8")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run(page: Path) -> None:
    names: dict[str, object] = {"__name__": "guide"}
    text = page.read_text("utf-8")
    for block in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        # Lines as in the page, so that a failure names them.
        lines = "\n" * text.count("\n", 0, block.start(1))
        exec(compile(lines + block[1], str(page), "exec"), names)
