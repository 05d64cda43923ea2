/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The menu of a group in the table of labels. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int64_t row; /* what its actions are about */
  const char *group;
  bool is_locked, is_hidden; /* all labels in it are */
  bool is_isolated; /* some labels alone are shown */
} LamGroupMenuFacts;

GMenuModel *lam_label_group_menu_new (
    const LamGroupMenuFacts *facts) G_GNUC_WARN_UNUSED_RESULT;
