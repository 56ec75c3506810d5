"""`python -m docs.pictures` draws every picture of the docs again."""

from pathlib import Path

from docs.pictures.way import way

HERE = Path(__file__).parent

if __name__ == "__main__":
    way(HERE / "way.svg")
