/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/opinion-difference.h"

#include <string.h>

/* Copies voxels from one opinion to another, whose classes have other places.
 */
typedef struct {
  const LamRunOpinion *from; /* Borrowed */
  LamRunOpinion *to; /* Borrowed */
  uint8_t places[LAM_OPINION_MAX_CLASSES + 1]; /* in `to`; 0: not asked for */
} Copy;

/* 0: none, or there is no room for it. */
static uint8_t
take_place (Copy *copy, int place)
{
  if (place != 0 && copy->places[place] == 0)
    copy->places[place] =
        lam_run_opinion_take_class (copy->to, copy->from->classes[place - 1]);
  return copy->places[place];
}

/* `silent`: what `to` says where the run had not spoken. */
static void
copy_voxel (Copy *copy, int i, uint8_t silent)
{
  const uint8_t first = copy->from->firsts[i], second = copy->from->seconds[i];
  LamRunOpinion *to = copy->to;
  const bool has_second = second != 0 && second != LAM_OPINION_WAS_SILENT;
  const uint8_t place = has_second ? take_place (copy, second) : 0;
  to->seconds[i] = place ? place : silent;
  to->firsts[i] = place
      ? take_place (copy, first & (uint8_t)~LAM_OPINION_REJECTED)
          | (first & LAM_OPINION_REJECTED)
      : 0;
  to->uncertainties[i] = place ? copy->from->uncertainties[i] : 0;
}

static bool
is_same (const LamRunOpinion *a, const LamRunOpinion *b, int i)
{
  return a->seconds[i] == b->seconds[i]
      && (a->seconds[i] == 0
          || (a->firsts[i] == b->firsts[i]
              && a->uncertainties[i] == b->uncertainties[i]));
}

/* Then all its voxels are. */
static bool
is_same_row (const LamRunOpinion *a, const LamRunOpinion *b, int row)
{
  const size_t n = LAM_BRICK_EDGE;
  return memcmp (a->seconds + row, b->seconds + row, n) == 0
      && memcmp (a->firsts + row, b->firsts + row, n) == 0
      && memcmp (a->uncertainties + row, b->uncertainties + row, n) == 0;
}

LamRunOpinion *
lam_opinion_difference_find (
    const LamRunOpinion *before, const LamRunOpinion *after)
{
  g_autofree LamRunOpinion *side = lam_run_opinion_new ();
  Copy copy = { before, side, { 0 } };
  int n = 0;
  for (int row = 0; row < LAM_BRICK_VOXELS; row += LAM_BRICK_EDGE)
    if (!is_same_row (before, after, row))
      for (int i = row; i < row + LAM_BRICK_EDGE; i++)
        if (!is_same (before, after, i)) {
          copy_voxel (&copy, i, LAM_OPINION_WAS_SILENT);
          n++;
        }
  return n > 0 ? g_steal_pointer (&side) : NULL;
}

LamRunOpinion *
lam_opinion_difference_new_unknown (void)
{
  LamRunOpinion *side = lam_run_opinion_new ();
  memset (side->seconds, LAM_OPINION_WAS_SILENT, sizeof side->seconds);
  return side;
}

void
lam_opinion_difference_add (LamRunOpinion *side, const LamRunOpinion *later)
{
  Copy copy = { later, side, { 0 } };
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (side->seconds[i] == 0 && later->seconds[i] != 0)
      copy_voxel (&copy, i, LAM_OPINION_WAS_SILENT);
}

/* The class's id; -1: none. */
static int64_t
get_first (const LamRunOpinion *opinion, int i)
{
  const uint8_t first = opinion->firsts[i] & (uint8_t)~LAM_OPINION_REJECTED;
  return first ? opinion->classes[first - 1] : -1;
}

static bool
is_rejected_again (
    const LamRunOpinion *side, const LamRunOpinion *opinion, int i)
{
  return opinion->seconds[i] != 0 && side->seconds[i] != LAM_OPINION_WAS_SILENT
      && (opinion->firsts[i] & LAM_OPINION_REJECTED)
      && get_first (opinion, i) == get_first (side, i);
}

/* Both are built anew, so that neither lists classes that it no more has. */
void
lam_opinion_difference_swap (LamRunOpinion *side, LamRunOpinion *opinion)
{
  g_autofree LamRunOpinion *other = lam_run_opinion_new ();
  g_autofree LamRunOpinion *result = lam_run_opinion_new ();
  Copy back = { opinion, other, { 0 } };
  Copy kept = { opinion, result, { 0 } }, put = { side, result, { 0 } };
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (side->seconds[i] == 0) {
      copy_voxel (&kept, i, 0);
      continue;
    }
    copy_voxel (&back, i, LAM_OPINION_WAS_SILENT);
    copy_voxel (&put, i, 0);
    if (result->seconds[i] != 0 && is_rejected_again (side, opinion, i))
      result->firsts[i] |= LAM_OPINION_REJECTED;
  }
  *side = *other;
  *opinion = *result;
}

bool
lam_opinion_difference_is_silent (const LamRunOpinion *opinion)
{
  static const uint8_t none[LAM_BRICK_VOXELS];
  return memcmp (opinion->seconds, none, sizeof none) == 0;
}
