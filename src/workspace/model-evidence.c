/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Of a place that a person left, what was painted and what was not are known
 * alike: it was seen. What was painted elsewhere says nothing about what is
 * beside it, for the person may be about to paint that too; it would be taken
 * for proof that all that is alike is wrong. */
#include "workspace/model-evidence.h"

#include <string.h>

#include "segment/patch.h"
#include "segment/propagate.h"
#include "workspace/places.h"
#include "workspace/workspace-private.h"

#define SETTING "network.propagates"

struct _LamModelEvidence {
  const LamLearningFacts *facts; /* Borrowed */
  LamStore *store; /* Borrowed */
  LamVolume *volume; /* Borrowed */
  LamNormalisation normalisation;
  bool keeps;
  int n_threads;
};

bool
lam_workspace_propagates (LamWorkspace *workspace)
{
  g_autofree char *text = lam_workspace_dup_setting (workspace, SETTING);
  return !text || strcmp (text, "0") != 0;
}

void
lam_workspace_set_propagates (LamWorkspace *workspace, bool propagates)
{
  lam_workspace_set_setting (workspace, SETTING, propagates ? "1" : "0");
}

LamModelEvidence *
lam_model_evidence_new (const LamLearningFacts *facts, LamStore *store,
    LamVolume *volume, const LamNormalisation *normalisation, bool keeps,
    int n_threads)
{
  LamModelEvidence *evidence = g_new (LamModelEvidence, 1);
  *evidence = (LamModelEvidence){ facts, store, volume, *normalisation, keeps,
    n_threads };
  return evidence;
}

void
lam_model_evidence_free (LamModelEvidence *evidence)
{
  g_free (evidence);
}

bool
lam_model_evidence_find (LamModelEvidence *evidence, const LamBox *box,
    int64_t reach[3], GError **error)
{
  const double *nm = lam_learning_facts_get_voxel_size_nm (evidence->facts);
  double shortest = MIN (nm[0], MIN (nm[1], nm[2]));
  g_autoptr (GArray) settled =
      lam_places_list_settled (evidence->store, box, error);
  if (!settled)
    return false;
  for (int a = 0; a < 3; a++)
    reach[a] = settled->len == 0
        ? 0
        : (int64_t)(LAM_PROPAGATE_REACH * 2 / 3 * shortest / nm[a]);
  return true;
}

/* ---- What is known ------------------------------------------------------ */

static int64_t
find_voxel (const LamBox *box, const int64_t at[3])
{
  return ((at[2] - box->min[2]) * (box->max[1] - box->min[1]) + at[1]
             - box->min[1])
      * (box->max[0] - box->min[0])
      + at[0] - box->min[0];
}

/* What is said in a brick about the part of a settled box. */
static void
take_part (const LamBox *box, const LamBox *brick, const uint8_t *says,
    const LamBox *settled, uint8_t *known)
{
  LamBox part = lam_box_intersect (brick, settled);
  int64_t at[3] = { part.min[0] };
  for (at[2] = part.min[2]; at[2] < part.max[2]; at[2]++)
    for (at[1] = part.min[1]; at[1] < part.max[1]; at[1]++)
      memcpy (known + find_voxel (box, at), says + find_voxel (brick, at),
          (size_t)MAX (part.max[0] - part.min[0], 0));
}

/* Reads only bricks in which a person settled something. */
static bool
read_brick (LamModelEvidence *evidence, const LamBox *box, LamBrickKey key,
    const GArray *settled, LamLearningBrick *brick, uint8_t *known,
    GError **error)
{
  LamBox whole = lam_brick_box (key);
  LamBox inside = lam_box_intersect (&whole, box);
  bool is_read = false;
  for (guint i = 0; i < settled->len; i++) {
    LamBox part =
        lam_box_intersect (&inside, &g_array_index (settled, LamBox, i));
    if (lam_box_is_empty (&part))
      continue;
    if (!is_read
        && !lam_learning_facts_read (
            evidence->facts, evidence->store, key, brick, error))
      return false;
    is_read = true;
    take_part (box, &whole, brick->says, &part, known);
  }
  return true;
}

static bool
read_known (LamModelEvidence *evidence, const LamBox *box,
    const GArray *settled, uint8_t *known, GError **error)
{
  g_autofree uint8_t *planes = g_malloc (3 * LAM_BRICK_VOXELS);
  LamLearningBrick brick = { .teaches = planes,
    .tests = planes + LAM_BRICK_VOXELS,
    .says = planes + 2 * LAM_BRICK_VOXELS };
  LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++)
        if (!read_brick (evidence, box,
                (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z }, settled,
                &brick, known, error))
          return false;
  return true;
}

G_STATIC_ASSERT (LAM_PATCH_IGNORED == LAM_PROPAGATE_UNKNOWN);

bool
lam_model_evidence_revise (const LamBox *box, int n_classes,
    float *probabilities, gpointer data, LamProgress *progress, GError **error)
{
  LamModelEvidence *evidence = data;
  g_autoptr (GArray) settled =
      lam_places_list_settled (evidence->store, box, error);
  if (!settled)
    return false;
  if (settled->len == 0)
    return true;
  int64_t n = lam_box_volume (box);
  g_autofree uint8_t *known = g_malloc ((gsize)n);
  g_autofree float *grey = g_new (float, n);
  memset (known, LAM_PROPAGATE_UNKNOWN, (size_t)n);
  LamPropagation propagation = {
    .box = *box, .n_classes = n_classes, .grey = grey, .known = known
  };
  memcpy (propagation.voxel_size_nm,
      lam_learning_facts_get_voxel_size_nm (evidence->facts),
      sizeof propagation.voxel_size_nm);
  return read_known (evidence, box, settled, known, error)
      && lam_normalisation_read (&evidence->normalisation, evidence->volume,
          box, grey, lam_progress_cancellable_or_null (progress), error)
      && lam_propagate (
          &propagation, probabilities, evidence->n_threads, progress, error);
}
