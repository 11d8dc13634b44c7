#!/bin/sh
# Makes the demo capture (or anything else `python -m wflab` can do) from nothing.
#   ./make-lab.sh                 the bundled capture, plant truth and all: about 8 minutes
#   ./make-lab.sh fixtures        the small captures per protocol
#   ./make-lab.sh clean           remove what a killed run left behind
# Works as root, or as a user who may use sudo.
set -eu
called_from=$(pwd)
cd "$(dirname "$0")"
. ./prepare.sh
trap give_back EXIT
[ "$#" -gt 0 ] || set -- capture
.venv/bin/python -m wflab "$@"
