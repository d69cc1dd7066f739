# shellcheck shell=bash
# Where the project and its environment are, and what a script says when the machine lacks something.
# Sourced by the scripts beside it, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
export PATH="$VENV/bin:$PATH"
cd "$ROOT" || exit 1

say() { printf '%s\n' "$*"; }

refuse() {
    printf '%s\n' "$*" >&2
    exit 1
}

# One fingerprint of the named files and of anything else given on standard input.
fingerprint() { { sha256sum -- "$@"; cat; } | sha256sum | cut -d ' ' -f 1; }

# A step is done when its stamp holds the fingerprint of what it was made from.
is_stamped() { [[ -f $1 && $(<"$1") == "$2" ]]; }

# Debian packages that the tests need and this machine lacks, one a line.
missing_packages() {
    [[ -x $(command -v "${CHROMIUM:-chromium}") ]] || say chromium
    { command -v pdftoppm && command -v pdftotext; } >/dev/null || say poppler-utils
    command -v openssl >/dev/null || say openssl
    command -v bc >/dev/null || say bc
}

# The python3 that makes the environment: the first that is new enough.
find_python() {
    local python
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            say "$python"
            return 0
        fi
    done
    return 1
}
