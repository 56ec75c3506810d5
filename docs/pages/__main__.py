"""`python -m docs.pages` writes the pages that are made by code again."""

from pathlib import Path

from docs.pages import commands, fields

PAGES = {"fields.md": fields.page, "command-line.md": commands.page}
FOLDER = Path(__file__).parents[1]

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
