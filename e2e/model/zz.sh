#!/bin/bash
cd /work/wt/engine/e2e/model && exec nice -n 10 node --conditions=@vision-cache/source --import ../workflow/typescript-hooks.mjs zz-list.ts "$@"
