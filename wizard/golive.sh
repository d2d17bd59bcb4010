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
if [ ! -x "$python" ]; then # installed into no environment of its own
    python=python3
    "$python" -E -P -c 'import wizard' 2>/dev/null || {
        echo "golive: it is not installed for $(command -v python3 || echo python3). Install it again with pipx or uv." >&2
        exit 1
    }
fi
exec "$python" -E -P -m wizard "$@"
