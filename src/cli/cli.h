/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a command of lamella-cli is: one file cmd-NAME.c fills one row, and the
 * table in command-table.c lists it. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "base/progress.h"

/* One call of a command, as its row's `run` sees it. */
typedef struct {
  const char *const *arguments; /* without options; ends with NULL */
  int n_arguments;
  bool json; /* print one object to standard output and nothing else */
  bool force; /* a file that is there may be replaced */
  LamProgress *progress; /* of a long command; else NULL */
} LamCliCall;

typedef struct {
  const char *name; /* "info", "project create" */
  const char *title; /* one line, translated when shown */
  const char *usage; /* the arguments: "VOLUME [FILE]" */
  const char *help; /* more lines, or NULL */
  int min_arguments, max_arguments;
  const GOptionEntry *options; /* ends with an empty one; or NULL */
  bool has_json; /* knows --json */
  bool has_force; /* knows --force: without it no file is replaced */
  bool is_long; /* shows progress; Ctrl+C cancels instead of killing */
  /* False with error: the program ends with 1, or 2 for lam_cli_usage_error().
   */
  bool (*run) (const LamCliCall *call, GError **error);
} LamCommand;

/* Ends with NULL; in the order of the help. */
const LamCommand *const *lam_command_get_all (void);

/* An error of how the command was called. Always false. */
bool lam_cli_usage_error (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
bool lam_cli_is_usage_error (const GError *error);
