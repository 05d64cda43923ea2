/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/place.h"

#include <glib/gi18n-lib.h>

/* Of the bits of a box's samples: half of an eighth of the box. */
#define LEAST_FLIPPED 4

const char *
lam_place_kind_name (LamPlaceKind kind)
{
  static const char *const names[] = { "unsure", "tiny", "hole", "end", "slice",
    "dissent" };
  g_return_val_if_fail (kind < LAM_N_PLACE_KINDS, NULL);
  return names[kind];
}

const char *
lam_verdict_name (LamVerdict verdict)
{
  static const char *const names[] = { "verified", "unsure", "corrected" };
  g_return_val_if_fail (verdict < LAM_N_VERDICTS, NULL);
  return names[verdict];
}

/* ---- Reasons ------------------------------------------------------------ */

static const char *
class_name (const LamClassTable *classes, int32_t id)
{
  const LamClass *class =
      classes ? lam_class_table_get_class (classes, id) : NULL;
  return class ? class->name : NULL;
}

/* Of which class a label is. What is said to have no label is background. */
static const char *
label_name (const LamClassTable *classes, uint32_t label)
{
  const LamLabel *row =
      classes ? lam_class_table_get_label (classes, label) : NULL;
  const char *name = row ? class_name (classes, row->class_id)
      : label == 0       ? class_name (classes, 0)
                         : NULL;
  return name ? name : label == 0 ? _ ("background") : _ ("an object");
}

/* "34 voxels", with a plural that fits any number. */
static char *
dup_count (int64_t n)
{
  const unsigned long shown = (unsigned long)MIN (n, G_MAXLONG);
  return g_strdup_printf (ngettext ("%lu voxel", "%lu voxels", shown), shown);
}

static char *
dup_unsure (
    const LamPlace *place, const LamClassTable *classes, const char *count)
{
  const char *first = label_name (classes, place->label);
  const char *second =
      place->second >= 0 ? class_name (classes, place->second) : NULL;
  if (!classes)
    return g_strdup_printf (_ ("Unsure here, %s"), count);
  return second && !g_str_equal (first, second)
      ? g_strdup_printf (_ ("Unsure here: %s or %s, %s"), first, second, count)
      : g_strdup_printf (_ ("Unsure here: %s, %s"), first, count);
}

static char *
dup_end (const LamPlace *place, const char *name, const char *count)
{
  static const char *const axes[] = { "x", "y", "z" };
  return g_strdup_printf (
      _ ("Cut off flat at %s %" G_GINT64_FORMAT ": %s, over %s"),
      axes[place->axis], place->centre[place->axis], name, count);
}

static char *
dup_dissent (const LamPlace *place, const LamClassTable *classes,
    const char *name, const char *count)
{
  const char *theirs =
      place->beside != 0 ? class_name (classes, place->second) : NULL;
  if (!theirs)
    theirs = label_name (classes, place->beside);
  return g_str_equal (name, theirs) && place->label != 0 && place->beside != 0
      ? g_strdup_printf (
          _ ("Two people disagree: another %s than yours, %s"), name, count)
      : g_strdup_printf (_ ("Two people disagree: yours is %s, theirs %s, %s"),
          name, theirs, count);
}

char *
lam_place_dup_reason (const LamPlace *place, const LamClassTable *classes)
{
  g_autofree char *count = dup_count (place->n_voxels);
  const char *name = label_name (classes, place->label);
  switch (place->kind) {
  case LAM_PLACE_UNSURE:
    return dup_unsure (place, classes, count);
  case LAM_PLACE_TINY:
    return g_strdup_printf (_ ("A speck of %s: %s on their own"), name, count);
  case LAM_PLACE_HOLE:
    return g_strdup_printf (_ ("A small hole: %s without a label"), count);
  case LAM_PLACE_END:
    return dup_end (place, name, count);
  case LAM_PLACE_SLICE:
    return g_strdup_printf (_ ("Slice %" G_GINT64_FORMAT
                               " disagrees with both beside it: %s or %s, %s"),
        place->centre[2], name, label_name (classes, place->beside), count);
  case LAM_PLACE_DISSENT:
    return dup_dissent (place, classes, name, count);
  case LAM_N_PLACE_KINDS:
    break;
  }
  g_return_val_if_reached (NULL);
}

static int
compare_boxes (const LamBox *one, const LamBox *two)
{
  for (int i = 0; i < 3; i++) {
    if (one->min[i] != two->min[i])
      return one->min[i] < two->min[i] ? -1 : 1;
    if (one->max[i] != two->max[i])
      return one->max[i] < two->max[i] ? -1 : 1;
  }
  return 0;
}

int
lam_place_compare (gconstpointer a, gconstpointer b)
{
  const LamPlace *one = a, *two = b;
  if (one->score != two->score)
    return one->score > two->score ? -1 : 1;
  for (int i = 2; i >= 0; i--)
    if (one->centre[i] != two->centre[i])
      return one->centre[i] < two->centre[i] ? -1 : 1;
  if (one->kind != two->kind)
    return one->kind < two->kind ? -1 : 1;
  if (one->label != two->label)
    return one->label < two->label ? -1 : 1;
  return compare_boxes (&one->box, &two->box);
}

/* ---- Verdicts ----------------------------------------------------------- */

/* Four on each axis, in the middles of the box's 64 parts. */
void
lam_box_sample (const LamBox *box, int sample, int64_t voxel[3])
{
  const int at[3] = { sample % 4, sample / 4 % 4, sample / 16 };
  for (int i = 0; i < 3; i++) {
    const int64_t extent = box->max[i] - box->min[i];
    voxel[i] = box->min[i] + extent / 8 * (2 * at[i] + 1)
        + extent % 8 * (2 * at[i] + 1) / 8;
  }
}

uint64_t
lam_box_sample_bit (int sample, uint32_t label)
{
  uint64_t mixed =
      ((uint64_t)label << 6 | (uint64_t)sample) * UINT64_C (0x9e3779b97f4a7c15);
  mixed = (mixed ^ mixed >> 31) * UINT64_C (0xbf58476d1ce4e5b9);
  return (mixed >> 63) << sample;
}

/* Of the two labels of a dissent. */
static int64_t
mark_of_labels (const LamPlace *place)
{
  uint64_t mark = ((uint64_t)place->label << 32 | place->beside)
      * UINT64_C (0x9e3779b97f4a7c15);
  return (int64_t)(mark ^ mark >> 29);
}

LamVerdictRow
lam_verdict_row_of (const LamPlace *place, LamVerdict verdict)
{
  const bool is_dissent = place->kind == LAM_PLACE_DISSENT;
  return (LamVerdictRow){ .verdict = verdict,
    .kind = place->kind,
    .score = is_dissent ? (double)place->n_voxels : place->score,
    .box = place->box,
    .state = { .labels = is_dissent ? mark_of_labels (place) : 0 } };
}

bool
lam_verdict_covers (const LamVerdictRow *row, const LamPlace *place)
{
  if (row->kind == LAM_PLACE_DISSENT || place->kind == LAM_PLACE_DISSENT)
    return row->kind == place->kind && lam_box_equal (&row->box, &place->box)
        && row->score == (double)place->n_voxels
        && row->state.labels == mark_of_labels (place);
  LamBox both = lam_box_intersect (&row->box, &place->box);
  return 2 * lam_box_volume (&both) >= lam_box_volume (&place->box);
}

bool
lam_verdict_is_contradicted (const LamVerdictRow *row, const LamBoxState *now)
{
  const LamBoxState *then = &row->state;
  if (row->kind == LAM_PLACE_DISSENT)
    return false;
  bool is_other_run = now->run != 0 && now->run != then->run;
  int n_flipped = __builtin_popcountll ((uint64_t)(now->labels ^ then->labels));
  bool has_changed = is_other_run && n_flipped >= LEAST_FLIPPED
      && row->verdict != LAM_VERDICT_CORRECTED;
  return has_changed
      || now->uncertainty > then->uncertainty + then->uncertainty / 4;
}
