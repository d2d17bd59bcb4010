#!/bin/sh
# Starts Golive in its own environment. With -E and -P, Python imports nothing from PYTHONPATH or the current folder,
# which may be an untrusted project.
self=$0
while [ -L "$self" ]; do # pipx and uv link it into a folder on PATH
    link=$(readlink "$self")
    case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
    esac
done
python=${self%/*}/python3
if [ ! -x "$python" ]; then # not installed in a virtual environment
    python=python3
    "$python" -E -P -c 'import wizard' 2>/dev/null || {
        echo "golive: not installed for $(command -v python3 || echo python3). Reinstall Golive with pipx or uv." >&2
        exit 1
    }
fi
exec "$python" -E -P -m wizard "$@"
