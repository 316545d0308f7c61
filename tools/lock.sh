#!/bin/sh
# Writes requirements.lock (what the product needs, the simulator included) and
# requirements-dev.lock (that and the tools), with hashes, for every supported Python.
#
# setuptools is named on top: the project is installed without build isolation, so that the build
# is pinned like everything else.
set -eu
cd "$(dirname "$0")/.."

# Never a download of an interpreter, and no settings of this machine.
UV_PYTHON_DOWNLOADS=never
export UV_PYTHON_DOWNLOADS
python=$PWD/.venv/bin/python

compile() {
    output=$1
    shift
    echo 'setuptools>=80' | .venv/bin/uv pip compile setup.cfg - "$@" \
        --no-config --universal --python-version 3.11 --python "$python" \
        --generate-hashes --no-annotate --custom-compile-command 'make lock' \
        --quiet --output-file "$output" >/dev/null
}

compile requirements.lock --extra simulator "$@"
compile requirements-dev.lock --extra simulator --extra dev "$@"
