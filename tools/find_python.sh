#!/bin/sh
# Prints the first Python >= 3.11 that can make a virtual environment.
# Finds none: says what to install on this machine, and ends with exit code 2.
set -u

usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# The packages to install: the distribution's own python3 where that is new enough, else the
# newest versioned one that it offers.
apt_packages() {
    default=$(apt-cache policy python3 2>/dev/null | sed -n 's/^ *Candidate: 3\.\([0-9]*\).*/\1/p')
    if [ "${default:-11}" -ge 11 ]; then
        echo "python3 python3-venv"
        return
    fi
    for version in 3.14 3.13 3.12 3.11; do
        if apt-cache show "python$version-venv" >/dev/null 2>&1; then
            echo "python$version python$version-venv"
            return
        fi
    done
    echo "python3 python3-venv"
}

if [ -n "${PYTHON:-}" ] && ! usable "$PYTHON"; then
    echo "PYTHON=$PYTHON is not a Python >= 3.11 with venv and ensurepip; looking for another." >&2
fi
for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
    if usable "$candidate"; then
        command -v "$candidate"
        exit 0
    fi
done

echo "No Python >= 3.11 with the modules venv and ensurepip was found. Install it, as root, with" >&2
echo "" >&2
echo "    apt install $(apt_packages)" >&2
echo "" >&2
echo "then run make again. (An interpreter elsewhere: make PYTHON=/path/to/python3 ...)" >&2
exit 2
