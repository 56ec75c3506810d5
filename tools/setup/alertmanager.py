"""Alertmanager, which sends alerts on."""

from tools.setup.unpacked import Program

# Of messages; Debian's looks for them there.
TEMPLATES = tuple(f"usr/share/prometheus/alertmanager/{name}.tmpl" for name in ("default", "email"))
NAME = "prometheus-alertmanager"
PROGRAM = Program(NAME, package=NAME, place=f"usr/bin/{NAME}", needed=TEMPLATES)
STEP = PROGRAM.step()
