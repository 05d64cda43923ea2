/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/edit.h"

struct _LamEdit {
  gatomicrefcount references;
  bool has_box;
  LamBox box;
  /* Owned */
  char *tool;
  GArray *bricks; /* of LamBrickChange */
};

static void
clear_change (gpointer data)
{
  LamBrickChange *change = data;
  g_clear_pointer (&change->before, lam_label_brick_unref);
  g_clear_pointer (&change->after, lam_label_brick_unref);
}

LamEdit *
lam_edit_new (const char *tool)
{
  LamEdit *edit = g_new0 (LamEdit, 1);
  g_atomic_ref_count_init (&edit->references);
  edit->tool = g_strdup (tool);
  edit->bricks = g_array_new (false, false, sizeof (LamBrickChange));
  g_array_set_clear_func (edit->bricks, clear_change);
  return edit;
}

LamEdit *
lam_edit_ref (LamEdit *edit)
{
  g_atomic_ref_count_inc (&edit->references);
  return edit;
}

void
lam_edit_unref (LamEdit *edit)
{
  if (!g_atomic_ref_count_dec (&edit->references))
    return;
  g_array_unref (edit->bricks);
  g_free (edit->tool);
  g_free (edit);
}

/* An absent brick says the same as one that is unlabelled and unset. */
static bool
says_nothing (const LamLabelBrick *brick)
{
  g_autoptr (LamLabelBrick) nothing = lam_label_brick_new (0, LAM_SOURCE_UNSET);
  return !brick || lam_label_brick_equal (brick, nothing);
}

static bool
is_change (const LamLabelBrick *before, const LamLabelBrick *after)
{
  if (before && after)
    return !lam_label_brick_equal (before, after);
  return !says_nothing (before) || !says_nothing (after);
}

void
lam_edit_add_brick (
    LamEdit *edit, LamBrickKey key, LamLabelBrick *before, LamLabelBrick *after)
{
  if (is_change (before, after))
    lam_edit_add_changed_brick (edit, key, before, after);
}

void
lam_edit_add_changed_brick (
    LamEdit *edit, LamBrickKey key, LamLabelBrick *before, LamLabelBrick *after)
{
  LamBrickChange change = { key, before ? lam_label_brick_ref (before) : NULL,
    after ? lam_label_brick_ref (after) : NULL };
  g_array_append_val (edit->bricks, change);
}

void
lam_edit_set_box (LamEdit *edit, const LamBox *box)
{
  edit->box = *box;
  edit->has_box = true;
}

const char *
lam_edit_get_tool (const LamEdit *edit)
{
  return edit->tool;
}

LamBox
lam_edit_get_box (const LamEdit *edit)
{
  if (edit->has_box)
    return edit->box;
  LamBox box = { 0 };
  for (guint i = 0; i < edit->bricks->len; i++) {
    LamBrickChange *change = &g_array_index (edit->bricks, LamBrickChange, i);
    LamBox brick = lam_brick_box (change->key);
    box = lam_box_unite (&box, &brick);
  }
  return box;
}

size_t
lam_edit_get_n_bricks (const LamEdit *edit)
{
  return edit->bricks->len;
}

const LamBrickChange *
lam_edit_get_brick (const LamEdit *edit, size_t i)
{
  g_return_val_if_fail (i < edit->bricks->len, NULL);
  return &g_array_index (edit->bricks, LamBrickChange, i);
}
