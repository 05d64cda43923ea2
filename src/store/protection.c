/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels are looked up when they are first met and then kept: a brick holds few
 * of them, the project perhaps a hundred thousand. */
#include "store/protection.h"

#include <assert.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/region.h"
#include "store/model-edit.h"
#include "store/region-table.h"

typedef enum { LABEL_MISSING = 1, LABEL_FREE, LABEL_LOCKED } LabelState;

struct _LamProtection {
  LamConnection *connection; /* Borrowed */
  GArray *verified; /* Owned; LamBox */
  GHashTable *labels; /* Owned; label → LabelState, both in pointers */
};

LamProtection *
lam_protection_new (LamConnection *connection, GError **error)
{
  g_autoptr (GPtrArray) damaged =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_damaged_region_free);
  g_autoptr (GPtrArray) regions =
      lam_region_table_read_all (connection, damaged, error);
  if (!regions)
    return NULL;
  LamProtection *protection = g_new0 (LamProtection, 1);
  protection->connection = connection;
  protection->labels = g_hash_table_new (NULL, NULL);
  protection->verified = g_array_new (false, false, sizeof (LamBox));
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = regions->pdata[i];
    if (region->review == LAM_REVIEW_VERIFIED)
      g_array_append_val (protection->verified, region->box);
  }
  return protection;
}

void
lam_protection_free (LamProtection *protection)
{
  if (!protection)
    return;
  g_array_unref (protection->verified);
  g_hash_table_unref (protection->labels);
  g_free (protection);
}

/* ---- Labels ------------------------------------------------------------- */

static bool
read_label (LamProtection *protection, uint32_t label, LabelState *state,
    GError **error)
{
  /* Unlabelled is no label: it is never locked and always there. */
  int64_t found = label == 0 ? LABEL_FREE : LABEL_MISSING;
  if (!lam_connection_read_int (protection->connection,
          "SELECT CASE WHEN label.deleted THEN 1"
          " WHEN label.locked OR class.locked OR label.state = 2 THEN 3"
          " ELSE 2 END"
          " FROM label JOIN class ON class.id = label.class"
          " WHERE label.id = ?1",
          &found, error, "i", (int64_t)label))
    return false;
  *state = (LabelState)found;
  g_hash_table_insert (protection->labels, GUINT_TO_POINTER (label),
      GINT_TO_POINTER ((int)found));
  return true;
}

bool
lam_protection_expect_label (
    LamProtection *protection, const LamLabel *row, GError **error)
{
  const bool is_locked = row->locked || row->state == LAM_LABEL_COMPLETED;
  int64_t found = LABEL_MISSING; /* without its class */
  if (!lam_connection_read_int (protection->connection,
          "SELECT CASE WHEN ?2 OR locked THEN 3 ELSE 2 END FROM class"
          " WHERE id = ?1",
          &found, error, "ii", (int64_t)row->class_id, (int64_t)is_locked))
    return false;
  g_hash_table_insert (protection->labels, GUINT_TO_POINTER (row->id),
      GINT_TO_POINTER ((int)found));
  return true;
}

/* Neighbours are mostly of one label: the last answer is kept at hand. */
typedef struct {
  uint32_t label;
  LabelState state; /* 0: none yet */
} Last;

static inline bool
find_label (
    LamProtection *protection, uint32_t label, Last *last, GError **error)
{
  if (last->state != 0 && last->label == label)
    return true;
  gpointer known =
      g_hash_table_lookup (protection->labels, GUINT_TO_POINTER (label));
  last->label = label;
  last->state = (LabelState)GPOINTER_TO_INT (known);
  return known || read_label (protection, label, &last->state, error);
}

static bool
fail_missing (LamProtection *protection, uint32_t label, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s: a model is to write label %u, which is not in the project"),
      lam_connection_get_path (protection->connection), label);
  return false;
}

/* ---- Voxels ------------------------------------------------------------- */

/* What is stored: the person's word, and locked labels. */
static bool
find_stored (LamProtection *protection, LamVoxelRange range,
    const LamLabelBrick *stored, bool *is_protected, GError **error)
{
  Last last = { 0 };
  uint32_t label = 0;
  uint16_t source = LAM_SOURCE_UNSET;
  bool uniform =
      !stored || lam_label_brick_is_uniform (stored, &label, &source);
  const uint32_t *labels = uniform ? NULL : lam_label_brick_get_labels (stored);
  const uint16_t *sources =
      uniform ? NULL : lam_label_brick_get_sources (stored);
  for (int i = range.first; i < range.end; i++) {
    if (!uniform) {
      label = labels[i];
      source = sources[i];
    }
    if (!find_label (protection, label, &last, error))
      return false;
    is_protected[i] = source == LAM_SOURCE_HUMAN
        || source == LAM_SOURCE_ACCEPTED || last.state == LABEL_LOCKED;
  }
  return true;
}

static bool
find_wanted (LamProtection *protection, LamVoxelRange range,
    const uint32_t *wanted, bool *is_protected, GError **error)
{
  Last last = { 0 };
  for (int i = range.first; i < range.end; i++) {
    if (wanted[i] == LAM_MODEL_SILENT)
      continue;
    if (!find_label (protection, wanted[i], &last, error))
      return false;
    if (last.state == LABEL_MISSING)
      return fail_missing (protection, wanted[i], error);
    is_protected[i] |= last.state == LABEL_LOCKED;
  }
  return true;
}

/* A byte of each voxel; bool is one. */
static void
mark_verified (
    LamProtection *protection, LamBrickKey key, uint8_t mark, void *voxels)
{
  static_assert (sizeof (bool) == 1, "planes of bool and uint8_t are alike");
  uint8_t *marks = voxels;
  LamBox brick = lam_brick_box (key);
  for (guint i = 0; i < protection->verified->len; i++) {
    LamBox part = lam_box_intersect (
        &g_array_index (protection->verified, LamBox, i), &brick);
    for (int64_t z = part.min[2]; z < part.max[2]; z++)
      for (int64_t y = part.min[1]; y < part.max[1]; y++)
        for (int64_t x = part.min[0]; x < part.max[0]; x++)
          marks[x - brick.min[0]
              + LAM_BRICK_EDGE
                  * (y - brick.min[1] + LAM_BRICK_EDGE * (z - brick.min[2]))] =
              mark;
  }
}

bool
lam_protection_find (LamProtection *protection, LamBrickKey key,
    LamVoxelRange range, const LamLabelBrick *stored, const uint32_t *wanted,
    bool *is_protected, GError **error)
{
  if (!find_stored (protection, range, stored, is_protected, error)
      || !find_wanted (protection, range, wanted, is_protected, error))
    return false;
  mark_verified (protection, key, true, is_protected);
  return true;
}

/* Marks the voxels whose label in `brick` is locked. */
static bool
mark_locked (LamProtection *protection, const LamLabelBrick *brick,
    uint8_t *kept, GError **error)
{
  Last last = { 0 };
  for (int i = 0; brick && i < LAM_BRICK_VOXELS; i++) {
    if (!find_label (
            protection, lam_label_brick_get_label (brick, i), &last, error))
      return false;
    if (last.state == LABEL_LOCKED)
      kept[i] = LAM_KEPT_LOCKED;
  }
  return true;
}

bool
lam_protection_find_kept (LamProtection *protection, LamBrickKey key,
    const LamLabelBrick *stored, const LamLabelBrick *wanted, uint8_t *kept,
    GError **error)
{
  memset (kept, LAM_KEPT_NOT, LAM_BRICK_VOXELS);
  if (!mark_locked (protection, stored, kept, error)
      || !mark_locked (protection, wanted, kept, error))
    return false;
  mark_verified (protection, key, LAM_KEPT_VERIFIED, kept);
  return true;
}
