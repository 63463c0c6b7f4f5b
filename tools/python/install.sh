#!/usr/bin/env bash
# Installs requirements.txt into a virtual environment in the cache folder, once, and prints the folder of its programs.
# Prepend that to PATH, and every test that concerns Python uses it: PATH="$(tools/python/install.sh):$PATH" npm test
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/vision-cache-python"
if ! cmp -s "$here/requirements.txt" "$folder/requirements.txt"; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$folder/requirements.txt"
fi
echo "$folder/bin"
