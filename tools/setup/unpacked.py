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
    """A program, the package that has it, and its place in there; and of a further file that it does not start without,
    which has to lie in that place of the root folder."""

    name: str
    package: str
    place: str
    needed: str = ""

    def path(self) -> Path:
        """The command: this machine's own or else the one in the cache; it may not be there yet."""
        own = shutil.which(self.name)
        return Path(own) if own else self._folder() / self.name

    def beside(self) -> Path:
        """The file that it needs: this machine's own or else the one in the cache; it may not be there yet."""
        own = Path("/", self.needed)
        return own if own.exists() else self._folder() / own.name

    def step(self) -> Step:
        """The step that brings it about."""
        return Step(
            name=self.name,
            purpose=f"Take {self.name} out of Debian's package {self.package}",
            needs=("packages",),
            done=lambda: self.path().exists() and self.beside().exists(),
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
            for file, name in ((self.place, self.name), (self.needed, Path(self.needed).name)):
                if file:
                    (making / "package" / file).rename(making / name)
            shutil.rmtree(making / "package")
            for package in making.glob("*.deb"):
                package.unlink()
