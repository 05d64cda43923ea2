/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/label-states.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/labelling-private.h"
#include "workspace/workspace-private.h"

/* "completed", for a sentence in the history. */
static const char *
get_state_word (LamLabelState state)
{
  static const char *const words[LAM_N_LABEL_STATES] = { N_ ("not started"),
    N_ ("in progress"), N_ ("completed"), N_ ("flagged") };
  return _ (words[state]);
}

static bool
fail_missing (uint32_t id, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no label %u in this project"), id);
  return false;
}

/* Of LamLabel, which borrows from the table. NULL with error. */
static GArray *
copy_rows (
    LamWorkspace *workspace, const uint32_t *ids, size_t n, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (false, false, sizeof (LamLabel));
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = workspace->classes
        ? lam_class_table_get_label (workspace->classes, ids[i])
        : NULL;
    if (!row || row->deleted) {
      fail_missing (ids[i], error);
      return NULL;
    }
    g_array_append_vals (rows, row, 1);
  }
  return g_steal_pointer (&rows);
}

static bool
commit (
    LamWorkspace *workspace, const GArray *rows, char *detail, GError **error)
{
  g_autofree char *owned = detail;
  return lam_labelling_commit (workspace,
      (const LamLabel *)(const void *)rows->data, rows->len, owned, error);
}

bool
lam_workspace_set_label_states (LamWorkspace *workspace, const uint32_t *ids,
    size_t n_ids, LamLabelState state, GError **error)
{
  g_autoptr (GArray) rows = copy_rows (workspace, ids, n_ids, error);
  if (!rows)
    return false;
  guint n = 0;
  for (guint i = 0; i < rows->len; i++) {
    LamLabel row = g_array_index (rows, LamLabel, i);
    if (row.state == state)
      continue;
    row.state = state;
    g_array_index (rows, LamLabel, n++) = row;
  }
  g_array_set_size (rows, n);
  return commit (workspace, rows,
      /* Translators: how many, and one of: not started, in progress,
       * completed, flagged. */
      g_strdup_printf (ngettext ("%u label: %s", "%u labels: %s", n), n,
          get_state_word (state)),
      error);
}

/* --- work ----------------------------------------------------------------- */

LamRowChange *
lam_labelling_begin_work (const LamLabel *row)
{
  if (!row || row->deleted || row->state != LAM_LABEL_NOT_STARTED)
    return NULL;
  LamLabel after = *row;
  after.state = LAM_LABEL_IN_PROGRESS;
  return lam_row_change_new_label (row, &after);
}
