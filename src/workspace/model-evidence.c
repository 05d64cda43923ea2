/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Of a place that a person left, what was painted and what was not are known
 * alike: it was seen. What was painted elsewhere says nothing about what is
 * beside it, for the person may be about to paint that too; it would be taken
 * for proof that all that is alike is wrong.
 *
 * An answer is for a box, and knows only what was seen in it. What an earlier
 * one made of what was seen beyond stays: else each stroke would take back what
 * followed from those before it. */
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
  bool keeps, only_keeps;
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
  *evidence = (LamModelEvidence){ .facts = facts,
    .store = store,
    .volume = volume,
    .normalisation = *normalisation,
    .keeps = keeps,
    .n_threads = n_threads };
  return evidence;
}

void
lam_model_evidence_free (LamModelEvidence *evidence)
{
  g_free (evidence);
}

void
lam_model_evidence_only_keep (LamModelEvidence *evidence)
{
  evidence->only_keeps = true;
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

/* What `from` says in a brick about a part of the box. */
static void
take_part (const LamBox *box, const LamBox *brick, const uint8_t *from,
    const LamBox *part, uint8_t *to)
{
  LamBox both = lam_box_intersect (brick, part);
  both = lam_box_intersect (&both, box);
  int64_t at[3] = { both.min[0] };
  for (at[2] = both.min[2]; at[2] < both.max[2]; at[2]++)
    for (at[1] = both.min[1]; at[1] < both.max[1]; at[1]++)
      memcpy (to + find_voxel (box, at), from + find_voxel (brick, at),
          (size_t)MAX (both.max[0] - both.min[0], 0));
}

/* Dense arrays of a box. */
typedef struct {
  const LamBox *box;
  const GArray *settled; /* LamBox: what was seen */
  const GArray *open; /* LamBox: what was seen beyond the box reaches there */
  uint8_t *known, *made; /* Owned; a class, or LAM_PROPAGATE_UNKNOWN */
} Facts;

static void
facts_clear (Facts *facts)
{
  g_free (facts->known);
  g_free (facts->made);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Facts, facts_clear)

static bool
meets (const LamBox *box, const GArray *boxes)
{
  for (guint i = 0; i < boxes->len; i++) {
    LamBox both = lam_box_intersect (box, &g_array_index (boxes, LamBox, i));
    if (!lam_box_is_empty (&both))
      return true;
  }
  return false;
}

/* Reads only bricks of which something is wanted. */
static bool
read_brick (LamModelEvidence *evidence, Facts *facts, LamBrickKey key,
    LamLearningBrick *brick, GError **error)
{
  LamBox whole = lam_brick_box (key);
  LamBox inside = lam_box_intersect (&whole, facts->box);
  if (!meets (&inside, facts->settled) && !meets (&inside, facts->open))
    return true;
  if (!lam_learning_facts_read (
          evidence->facts, evidence->store, key, brick, error))
    return false;
  for (guint i = 0; i < facts->settled->len; i++)
    take_part (facts->box, &whole, brick->says,
        &g_array_index (facts->settled, LamBox, i), facts->known);
  for (guint i = 0; i < facts->open->len; i++)
    take_part (facts->box, &whole, brick->made,
        &g_array_index (facts->open, LamBox, i), facts->made);
  return true;
}

static bool
read_facts (LamModelEvidence *evidence, Facts *facts, GError **error)
{
  size_t n = (size_t)lam_box_volume (facts->box);
  g_autofree uint8_t *planes = g_malloc (4 * LAM_BRICK_VOXELS);
  LamLearningBrick brick = { .teaches = planes,
    .tests = planes + LAM_BRICK_VOXELS,
    .says = planes + 2 * LAM_BRICK_VOXELS,
    .made = planes + 3 * LAM_BRICK_VOXELS };
  LamBox bricks = lam_box_bricks (facts->box);
  facts->known = g_malloc (n);
  facts->made = g_malloc (n);
  memset (facts->known, LAM_PROPAGATE_UNKNOWN, n);
  memset (facts->made, LAM_PROPAGATE_UNKNOWN, n);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++)
        if (!read_brick (evidence, facts,
                (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z }, &brick,
                error))
          return false;
  return true;
}

G_STATIC_ASSERT (LAM_PATCH_IGNORED == LAM_PROPAGATE_UNKNOWN);

/* ---- What an earlier answer made ---------------------------------------- */

static LamBox
grow (const LamModelEvidence *evidence, const LamBox *box)
{
  const double *nm = lam_learning_facts_get_voxel_size_nm (evidence->facts);
  double shortest = MIN (nm[0], MIN (nm[1], nm[2]));
  LamBox out = *box;
  for (int a = 0; a < 3; a++) {
    int64_t reach = (int64_t)(LAM_PROPAGATE_REACH * shortest / nm[a]);
    out.min[a] -= reach;
    out.max[a] += reach;
  }
  return out;
}

/* What was seen of the box, and the parts of it that something reaches which
 * was seen beyond it. */
static bool
find_boxes (const LamModelEvidence *evidence, const LamBox *box,
    GArray *settled, GArray *open, GError **error)
{
  LamBox wide = grow (evidence, box);
  g_autoptr (GArray) all =
      lam_places_list_settled (evidence->store, &wide, error);
  for (guint i = 0; all && i < all->len; i++) {
    const LamBox *seen = &g_array_index (all, LamBox, i);
    LamBox inside = lam_box_intersect (seen, box);
    LamBox reached = grow (evidence, seen);
    reached = lam_box_intersect (&reached, box);
    if (!lam_box_is_empty (&inside))
      g_array_append_vals (settled, seen, 1);
    if (!lam_box_is_empty (&reached)
        && (evidence->only_keeps || !lam_box_equal (&inside, seen)))
      g_array_append_val (open, reached);
  }
  return all != NULL;
}

static uint8_t
find_class (const float *probabilities, int n_classes, int64_t n, int64_t at)
{
  int best = 0;
  for (int c = 1; c < n_classes; c++)
    if (probabilities[c * n + at] > probabilities[best * n + at])
      best = c;
  return (uint8_t)best;
}

/* Of voxels that are open, the class before anything follows; else unknown. */
static uint8_t *
note_classes (const Facts *facts, const float *probabilities, int n_classes)
{
  int64_t n = lam_box_volume (facts->box);
  uint8_t *classes = g_malloc ((gsize)n);
  for (int64_t i = 0; i < n; i++)
    classes[i] = facts->made[i] < n_classes
        ? find_class (probabilities, n_classes, n, i)
        : LAM_PROPAGATE_UNKNOWN;
  return classes;
}

/* What followed from beyond the box stays, where nothing follows from what is
 * in it: the class of then changes places with the one that is first. */
static void
keep_made (const Facts *facts, const uint8_t *before, int n_classes,
    float *probabilities)
{
  int64_t n = lam_box_volume (facts->box);
  for (int64_t i = 0; i < n; i++) {
    uint8_t made = facts->made[i], first = before[i];
    if (first >= n_classes || made == first
        || find_class (probabilities, n_classes, n, i) != first)
      continue;
    float *one = probabilities + first * n + i,
          *other = probabilities + made * n + i, keep = *one;
    *one = *other;
    *other = keep;
  }
}

/* ---- All ---------------------------------------------------------------- */

static bool
propagate (LamModelEvidence *evidence, const Facts *facts, int n_classes,
    float *probabilities, LamProgress *progress, GError **error)
{
  g_autofree float *grey = g_new (float, lam_box_volume (facts->box));
  LamPropagation propagation = { .box = *facts->box,
    .n_classes = n_classes,
    .grey = grey,
    .known = facts->known,
    .keeps = evidence->keeps };
  memcpy (propagation.voxel_size_nm,
      lam_learning_facts_get_voxel_size_nm (evidence->facts),
      sizeof propagation.voxel_size_nm);
  return lam_normalisation_read (&evidence->normalisation, evidence->volume,
             facts->box, grey, lam_progress_cancellable_or_null (progress),
             error)
      && lam_propagate (
          &propagation, probabilities, evidence->n_threads, progress, error);
}

bool
lam_model_evidence_find_any (
    const LamBox *box, bool *any, gpointer data, GError **error)
{
  g_autoptr (GArray) settled = g_array_new (false, false, sizeof (LamBox));
  g_autoptr (GArray) open = g_array_new (false, false, sizeof (LamBox));
  if (!find_boxes (data, box, settled, open, error))
    return false;
  *any = settled->len > 0 || open->len > 0;
  return true;
}

bool
lam_model_evidence_revise (const LamBox *box, int n_classes,
    float *probabilities, gpointer data, LamProgress *progress, GError **error)
{
  LamModelEvidence *evidence = data;
  g_autoptr (GArray) settled = g_array_new (false, false, sizeof (LamBox));
  g_autoptr (GArray) open = g_array_new (false, false, sizeof (LamBox));
  if (!find_boxes (evidence, box, settled, open, error))
    return false;
  if (settled->len == 0 && open->len == 0)
    return true;
  g_auto (Facts) facts = { .box = box, .settled = settled, .open = open };
  if (!read_facts (evidence, &facts, error))
    return false;
  g_autofree uint8_t *before = note_classes (&facts, probabilities, n_classes);
  if (settled->len > 0 && !evidence->only_keeps
      && !propagate (
          evidence, &facts, n_classes, probabilities, progress, error))
    return false;
  keep_made (&facts, before, n_classes, probabilities);
  return true;
}
