/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person types to find labels: words, "state:flagged" and
 * "group:left" among them. For this floor; any thread. */
#pragma once

#include "labels/class-table.h"

typedef struct {
  char *text; /* Owned; what else was typed, case folded; "" */
  char *state; /* Owned; as lam_label_state_matches() takes it; or NULL */
  char *group; /* Owned; case folded; or NULL */
} LamLabelQuery;

/* What has spaces in it stands between quotes: group:"left side". */
void lam_label_query_parse (LamLabelQuery *query, const char *text);
void lam_label_query_clear (LamLabelQuery *query);
/* The state begins with the word, and a name in the group's path does; a word
 * that begins with a slash is the whole path from its beginning on. */
bool lam_label_query_matches (
    const LamLabelQuery *query, LamLabelState state, const char *group);
