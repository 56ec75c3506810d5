"""The stages that a request passes, one file each; `shell` sets their order."""
