#!/bin/sh
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
#
# fuzz-onnx.sh FUZZER SEEDS [SECONDS]: damages small sound networks for a
# while. What breaks the reader is left in the folder it names, and printed
# where it is small, for `base64 -d >FILE` and `FUZZER FILE`.
set -eu
folder=$(mktemp -d)
mkdir "$folder/seeds"
"$2" "$folder/seeds"

# From the report on, as far as the counts; all where there is no report.
report() {
  start='^(==[0-9]+== ?(ERROR|WARNING)|ALARM)|runtime error: '
  if grep -Eq "$start" "$folder/log"; then
    sed -nE "/$start/,\$p" "$folder/log" | grep -v -e '^stat::' -e '^#' \
      | head -n 40
  else
    tail -n 40 "$folder/log"
  fi
}

# Files of crashes, of what takes too long or too much memory.
broken() {
  for file in "$folder"/*-*; do
    [ -f "$file" ] && [ "$(wc -c <"$file")" -lt 2048 ] || continue
    echo "${file##*/}: $(base64 -w 0 "$file")"
  done
}

"$1" -max_total_time="${3:-30}" -max_len=8192 -timeout=20 -rss_limit_mb=3000 \
  -artifact_prefix="$folder/" -print_final_stats=1 "$folder/seeds" \
  >"$folder/log" 2>&1 || {
  report
  broken
  echo "see $folder"
  exit 1
}
grep -E 'stat::number_of_executed_units|cov:' "$folder/log" | tail -n 2
rm -r "$folder"
