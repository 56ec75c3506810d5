"""`python -m docs.pages` writes the pages that are made by code again."""

from pathlib import Path

from docs.pages import commands, fields, schemas, trouble

PAGES = {
    "fields.md": fields.page,
    "command-line.md": commands.page,
    "trouble.md": trouble.page,
    "schemas/vectors.json": schemas.index,
    "schemas/vector.json": schemas.description,
    "schemas/evaluation.json": schemas.report,
    "schemas/loadtest.json": schemas.load_test,
}
FOLDER = Path(__file__).parents[1]

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
