/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A person's word is never lost: it is in the result or set aside. Persons are
 * all but runs of networks, also who undid or imported something. */
#include "labels/three-way.h"

typedef struct {
  uint32_t label;
  uint16_t source;
} Voxel;

typedef struct {
  const LamThreeWay *input; /* Borrowed */
  LamThreeWayCount *count; /* Borrowed */
  LamLabelBrick *result, *aside; /* Owned; made when the first voxel needs it */
  uint32_t *labels, *aside_labels;
  uint16_t *sources, *aside_sources;
} Merge;

static Voxel
get_voxel (const LamLabelBrick *brick, int i)
{
  Voxel voxel = { 0, LAM_SOURCE_UNSET };
  if (brick) {
    voxel.label = lam_label_brick_get_label (brick, i);
    voxel.source = lam_label_brick_get_source (brick, i);
  }
  return voxel;
}

static bool
is_equal (Voxel a, Voxel b)
{
  return a.label == b.label && a.source == b.source;
}

static bool
is_networks (Voxel voxel)
{
  return voxel.source >= LAM_SOURCE_FIRST_RUN;
}

/* Mine may know a run of theirs by several numbers. */
static bool
is_unchanged (Voxel mine, Voxel before)
{
  return is_equal (mine, before)
      || (mine.label == before.label && is_networks (mine)
          && is_networks (before));
}

static bool
is_painted (Voxel voxel)
{
  return voxel.source == LAM_SOURCE_HUMAN
      || voxel.source == LAM_SOURCE_ACCEPTED;
}

static void
take (Merge *merge, int i, Voxel voxel)
{
  if (!merge->result) {
    const LamLabelBrick *mine = merge->input->mine;
    merge->result =
        mine ? lam_label_brick_copy (mine) : lam_label_brick_new_cleared ();
    merge->labels = lam_label_brick_write_labels (merge->result);
    merge->sources = lam_label_brick_write_sources (merge->result);
  }
  merge->labels[i] = voxel.label;
  merge->sources[i] = voxel.source;
}

/* Who went back to nothing has said so all the same. */
static void
set_aside (Merge *merge, int i, Voxel voxel)
{
  if (!merge->aside) {
    merge->aside = lam_label_brick_new_cleared ();
    merge->aside_labels = lam_label_brick_write_labels (merge->aside);
    merge->aside_sources = lam_label_brick_write_sources (merge->aside);
  }
  merge->aside_labels[i] = voxel.label;
  merge->aside_sources[i] =
      voxel.source == LAM_SOURCE_UNSET ? LAM_SOURCE_HUMAN : voxel.source;
}

/* Mine stays, whoever changed it. */
static void
keep (Merge *merge, int i, Voxel theirs)
{
  if (is_networks (theirs)) {
    merge->count->n_protected++;
    return;
  }
  merge->count->n_conflicts++;
  set_aside (merge, i, theirs);
}

static void
take_theirs (Merge *merge, int i, Voxel theirs)
{
  merge->count->n_taken++;
  take (merge, i, theirs);
}

static void
both_changed (Merge *merge, int i, Voxel mine, Voxel theirs)
{
  LamThreeWayCount *count = merge->count;
  if (mine.label == theirs.label) {
    count->n_alike++;
    if (is_painted (theirs) && !is_painted (mine))
      take (merge, i, theirs);
  } else if (is_networks (mine) && is_networks (theirs))
    count->n_networks++;
  else if (is_networks (theirs))
    count->n_over_network++;
  else if (is_networks (mine)) {
    count->n_over_network++;
    take (merge, i, theirs);
  } else {
    count->n_conflicts++;
    set_aside (merge, i, theirs);
  }
}

void
lam_three_way_merge (const LamThreeWay *input, LamLabelBrick **result,
    LamLabelBrick **aside, LamThreeWayCount *count)
{
  Merge merge = { .input = input, .count = count };
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const Voxel theirs = get_voxel (input->theirs, i);
    const Voxel before = get_voxel (input->before, i);
    if (is_equal (theirs, before))
      continue;
    const Voxel mine = get_voxel (input->mine, i);
    if (input->is_protected[i] && mine.label != theirs.label)
      keep (&merge, i, theirs);
    else if (is_unchanged (mine, before))
      take_theirs (&merge, i, theirs);
    else
      both_changed (&merge, i, mine, theirs);
  }
  if (merge.result)
    lam_label_brick_settle (merge.result);
  if (merge.aside)
    lam_label_brick_settle (merge.aside);
  *result = merge.result;
  *aside = merge.aside;
}
