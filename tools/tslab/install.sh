#!/usr/bin/env bash
# Installs tslab, Jupyter's kernel for TypeScript, into a folder of its own in the cache folder (it brings a TypeScript of 2023,
# which is no dependency of this repository), and registers it with the Jupyter of tools/python/install.sh.
# Prints the folder of Jupyter's programs: PATH="$(tools/tslab/install.sh):$PATH" npx nx e2e examples
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python_bin="$("$here/../python/install.sh")"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/vision-cache-tslab"
if ! cmp -s "$here/package.json" "$folder/package.json"; then
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$here/package.json" "$folder/package.json"
  (cd "$folder" && npm install --no-audit --no-fund --silent >&2) || { rm -rf "$folder"; exit 1; }
fi
PATH="$python_bin:$PATH" node "$folder/node_modules/tslab/bin/tslab" install --sys-prefix --python="$python_bin/python3" \
  --binary="$folder/node_modules/.bin/tslab" >&2
echo "$python_bin"
