#!/bin/sh
# Starts Golive in its own environment. -E and -P: Python imports nothing from PYTHONPATH or the current folder, which
# may be a project that nobody trusts yet.
self=$0
while [ -L "$self" ]; do # pipx and uv link it into a folder on PATH
    link=$(readlink "$self")
    case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
    esac
done
python=${self%/*}/python3
[ -x "$python" ] || python=python3
exec "$python" -E -P -m wizard "$@"
