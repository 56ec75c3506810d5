"""Programs out of Debian's packages without installing these: no service starts, and nothing lies outside the cache."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.places import cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError


@dataclass(frozen=True)
class Program:
    """A program, the package that has it, and its place in there; and those of further files that it does not start
    without, which have to lie in the same places of the root folder."""

    name: str
    package: str
    place: str
    needed: tuple[str, ...] = ()

    def path(self) -> Path:
        """The command: this machine's own or else the one in the cache; it may not be there yet."""
        own = shutil.which(self.name)
        return Path(own) if own else self._folder() / self.name

    def beside(self) -> dict[str, Path]:
        """The files that it needs, by where they have to lie: this machine's own or else those in the cache; they may
        not be there yet."""
        places = [Path("/", place) for place in self.needed]
        return {str(own): own if own.exists() else self._folder() / own.name for own in places}

    def step(self) -> Step:
        """The step that brings it about."""
        return Step(
            name=self.name,
            purpose=f"Take {self.name} out of Debian's package {self.package}",
            needs=("packages",),
            done=lambda: all(file.exists() for file in (self.path(), *self.beside().values())),
            run=self._take,
            advice="see whether the Debian mirror of this machine's apt can be reached, "
            f"or put {self.name} of another origin on PATH.",
        )

    def _folder(self) -> Path:
        return cache() / self.name / self.package

    def _take(self, recorder: Recorder) -> None:
        if shutil.which("apt-get") is None:
            raise StepError(f"this machine has no apt, and no {self.name} on PATH")
        with fresh(self._folder()) as making:
            making.mkdir()
            recorder.run("apt-get", "update", "-q")
            recorder.run(
                "sh", "-c", f"cd '{making}' && apt-get download -q {self.package} && dpkg-deb -x *.deb package"
            )
            for file, name in ((self.place, self.name), *((file, Path(file).name) for file in self.needed)):
                (making / "package" / file).rename(making / name)
            shutil.rmtree(making / "package")
            for package in making.glob("*.deb"):
                package.unlink()
