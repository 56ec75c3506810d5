"""Alertmanager, which sends alerts on."""

from tools.setup.unpacked import Program

TEMPLATE = "usr/share/prometheus/alertmanager/default.tmpl"  # of messages; Debian's looks for it there
NAME = "prometheus-alertmanager"
PROGRAM = Program(NAME, package=NAME, place=f"usr/bin/{NAME}", needed=TEMPLATE)
STEP = PROGRAM.step()
