/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-acts.h"

/* Of bricks from before; the rest is in a file. */
#define KEPT_BYTES (INT64_C (64) << 20)

LamModelActs *
lam_model_acts_new (void)
{
  LamModelActs *acts = g_atomic_rc_box_new0 (LamModelActs);
  acts->sources = g_array_new (false, false, sizeof (uint16_t));
  acts->made = g_array_new (false, false, sizeof (uint32_t));
  return acts;
}

LamModelActs *
lam_model_acts_ref (LamModelActs *acts)
{
  return g_atomic_rc_box_acquire (acts);
}

static void
clear (gpointer data)
{
  LamModelActs *acts = data;
  g_clear_pointer (&acts->before, lam_store_snapshot_free);
  g_free (acts->looks);
  g_array_unref (acts->sources);
  g_array_unref (acts->made);
}

void
lam_model_acts_unref (LamModelActs *acts)
{
  g_atomic_rc_box_release_full (acts, clear);
}

bool
lam_model_acts_begin (LamModelActs *acts, LamStore *store, GError **error)
{
  if (!acts->has_pass || acts->first_edit != 0)
    return true;
  /* An edit that came to nothing was none. */
  g_clear_pointer (&acts->before, lam_store_snapshot_free);
  acts->before = lam_store_snapshot_new (store, KEPT_BYTES, error);
  return acts->before != NULL;
}

static void
note_source (LamModelActs *acts, uint16_t source)
{
  for (guint i = 0; i < acts->sources->len; i++)
    if (g_array_index (acts->sources, uint16_t, i) == source)
      return;
  g_array_append_val (acts->sources, source);
}

void
lam_model_acts_note (LamModelActs *acts, int64_t model, const char *looks,
    int64_t run, GPtrArray *rows)
{
  acts->model = model;
  g_free (acts->looks);
  acts->looks = g_strdup (looks);
  note_source (acts, (uint16_t)(LAM_SOURCE_FIRST_RUN + run));
  for (guint i = 0; rows && i < rows->len; i++) {
    const LamRowChange *change = rows->pdata[i];
    if (change->kind == LAM_ROW_LABEL && change->label_after)
      g_array_append_val (acts->made, change->label_after->id);
  }
}
