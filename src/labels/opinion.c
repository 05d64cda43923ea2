/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick mostly has the word of one run, of few at most: looked for one after
 * the other. */
#include "labels/opinion.h"

#include <string.h>

typedef struct {
  uint16_t source;
  LamRunOpinion *of_run; /* Owned */
} Part;

struct _LamOpinion {
  GArray *parts; /* Owned; of Part */
};

LamRunOpinion *
lam_run_opinion_new (void)
{
  return g_new0 (LamRunOpinion, 1);
}

uint8_t
lam_run_opinion_take_class (LamRunOpinion *opinion, int32_t class_id)
{
  for (int i = 0; i < opinion->n_classes; i++)
    if (opinion->classes[i] == class_id)
      return (uint8_t)(i + 1);
  if (opinion->n_classes == LAM_OPINION_MAX_CLASSES)
    return 0;
  opinion->classes[opinion->n_classes++] = class_id;
  return (uint8_t)opinion->n_classes;
}

/* Of a row of voxels; mostly a network says nothing of whole ones. */
static bool
is_silent (const uint8_t *seconds)
{
  static const uint8_t silent[LAM_BRICK_EDGE];
  return memcmp (seconds, silent, sizeof silent) == 0;
}

static void
merge_row (LamRunOpinion *opinion, const LamRunOpinion *newer,
    const uint8_t *places, int row)
{
  for (int i = row; i < row + LAM_BRICK_EDGE; i++)
    if (newer->seconds[i] != 0) {
      uint8_t first = places[newer->firsts[i] & ~LAM_OPINION_REJECTED];
      bool is_rejected = (newer->firsts[i] & LAM_OPINION_REJECTED)
          || opinion->firsts[i] == (first | LAM_OPINION_REJECTED);
      opinion->firsts[i] = first | (is_rejected ? LAM_OPINION_REJECTED : 0);
      opinion->seconds[i] = places[newer->seconds[i]];
      opinion->uncertainties[i] = newer->uncertainties[i];
    }
}

void
lam_run_opinion_merge (LamRunOpinion *opinion, const LamRunOpinion *newer)
{
  uint8_t places[LAM_OPINION_MAX_CLASSES + 1] = { 0 };
  for (int i = 0; i < newer->n_classes; i++)
    places[i + 1] = lam_run_opinion_take_class (opinion, newer->classes[i]);
  for (int row = 0; row < LAM_BRICK_VOXELS; row += LAM_BRICK_EDGE)
    if (!is_silent (newer->seconds + row))
      merge_row (opinion, newer, places, row);
}

LamOpinion *
lam_opinion_new (void)
{
  LamOpinion *opinion = g_atomic_rc_box_new0 (LamOpinion);
  opinion->parts = g_array_new (false, false, sizeof (Part));
  return opinion;
}

LamOpinion *
lam_opinion_ref (LamOpinion *opinion)
{
  return g_atomic_rc_box_acquire (opinion);
}

static void
opinion_clear (gpointer data)
{
  LamOpinion *opinion = data;
  for (guint i = 0; i < opinion->parts->len; i++)
    g_free (g_array_index (opinion->parts, Part, i).of_run);
  g_array_unref (opinion->parts);
}

void
lam_opinion_unref (LamOpinion *opinion)
{
  g_atomic_rc_box_release_full (opinion, opinion_clear);
}

void
lam_opinion_add (LamOpinion *opinion, uint16_t source, LamRunOpinion *of_run)
{
  const Part part = { source, of_run };
  g_array_append_val (opinion->parts, part);
}

size_t
lam_opinion_get_bytes (const LamOpinion *opinion)
{
  return sizeof *opinion + opinion->parts->len * sizeof (LamRunOpinion);
}

const LamRunOpinion *
lam_opinion_get_run (const LamOpinion *opinion, uint16_t source)
{
  for (guint i = 0; opinion && i < opinion->parts->len; i++) {
    const Part *part = &g_array_index (opinion->parts, Part, i);
    if (part->source == source)
      return part->of_run;
  }
  return NULL;
}

bool
lam_opinion_get (const LamOpinion *opinion, int index, uint16_t source,
    uint8_t *uncertainty, int32_t *second)
{
  const LamRunOpinion *of_run = source >= LAM_SOURCE_FIRST_RUN
      ? lam_opinion_get_run (opinion, source)
      : NULL;
  if (!of_run || of_run->seconds[index] == 0)
    return false;
  if (uncertainty)
    *uncertainty = of_run->uncertainties[index];
  if (second)
    *second = of_run->classes[of_run->seconds[index] - 1];
  return true;
}

/* The run that spoke of a voxel last. */
static const Part *
find_newest (const LamOpinion *opinion, int index)
{
  const Part *newest = NULL;
  for (guint i = 0; opinion && i < opinion->parts->len; i++) {
    const Part *part = &g_array_index (opinion->parts, Part, i);
    if (part->of_run->seconds[index] != 0
        && (!newest || part->source > newest->source))
      newest = part;
  }
  return newest;
}

bool
lam_opinion_get_newest (const LamOpinion *opinion, int index,
    uint8_t *uncertainty, int32_t *class_id)
{
  const Part *newest = find_newest (opinion, index);
  if (!newest)
    return false;
  const uint8_t first =
      newest->of_run->firsts[index] & (uint8_t)~LAM_OPINION_REJECTED;
  *uncertainty = newest->of_run->uncertainties[index];
  *class_id = first ? newest->of_run->classes[first - 1] : -1;
  return true;
}

/* What it says was not rejected; NULL: there is no such. */
static const LamRunOpinion *
find_saying (const LamOpinion *opinion, int index)
{
  const Part *newest = find_newest (opinion, index);
  const uint8_t first = newest ? newest->of_run->firsts[index] : 0;
  return first == 0 || (first & LAM_OPINION_REJECTED) ? NULL : newest->of_run;
}

bool
lam_opinion_get_first (const LamOpinion *opinion, int index, int32_t *class_id)
{
  const LamRunOpinion *of_run = find_saying (opinion, index);
  if (of_run)
    *class_id = of_run->classes[of_run->firsts[index] - 1];
  return of_run != NULL;
}

bool
lam_opinion_get_next (
    const LamOpinion *opinion, int index, uint8_t *uncertainty, int32_t *second)
{
  const LamRunOpinion *of_run = find_saying (opinion, index);
  if (!of_run)
    return false;
  *uncertainty = of_run->uncertainties[index];
  *second = of_run->classes[of_run->seconds[index] - 1];
  return true;
}
