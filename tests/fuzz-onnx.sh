#!/bin/sh
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
#
# fuzz-onnx.sh FUZZER SEEDS [SECONDS]: damages small sound networks for a
# while. What breaks the reader is left in the folder it names.
set -eu
folder=$(mktemp -d)
mkdir "$folder/seeds"
"$2" "$folder/seeds"
"$1" -max_total_time="${3:-30}" -max_len=8192 -timeout=20 -rss_limit_mb=3000 \
  -artifact_prefix="$folder/" -print_final_stats=1 "$folder/seeds" \
  >"$folder/log" 2>&1 || {
  tail -n 60 "$folder/log"
  echo "see $folder"
  exit 1
}
grep -E 'stat::number_of_executed_units|cov:' "$folder/log" | tail -n 2
rm -r "$folder"
