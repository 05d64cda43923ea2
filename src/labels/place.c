/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/place.h"

#include <glib/gi18n-lib.h>

const char *
lam_place_kind_name (LamPlaceKind kind)
{
  static const char *const names[] = { "unsure", "tiny", "hole", "end" };
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

char *
lam_place_dup_reason (const LamPlace *place)
{
  switch (place->kind) {
  case LAM_PLACE_UNSURE:
    return g_strdup_printf (_ ("A network is unsure of %" G_GINT64_FORMAT
                               " voxels here: %.0f of 255 in the mean"),
        place->n_voxels, place->uncertainty);
  case LAM_PLACE_TINY:
    return g_strdup_printf (_ ("A piece of only %" G_GINT64_FORMAT
                               " voxels, apart from the rest of its label"),
        place->n_voxels);
  case LAM_PLACE_HOLE:
    return g_strdup_printf (
        _ ("A hole of only %" G_GINT64_FORMAT " unlabelled voxels"),
        place->n_voxels);
  case LAM_PLACE_END:
    return g_strdup_printf (
        _ ("A piece stops at slice %" G_GINT64_FORMAT
           ", where %" G_GINT64_FORMAT " of its voxels have nothing of it in "
           "the next slice"),
        place->centre[2], place->n_voxels);
  case LAM_N_PLACE_KINDS:
    break;
  }
  g_return_val_if_reached (NULL);
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
  return (int)one->kind - (int)two->kind;
}

bool
lam_verdict_covers (const LamVerdictRow *row, const LamPlace *place)
{
  LamBox both = lam_box_intersect (&row->box, &place->box);
  return 2 * lam_box_volume (&both) >= lam_box_volume (&place->box);
}

bool
lam_verdict_is_contradicted (const LamVerdictRow *row, const LamBoxState *now)
{
  const LamBoxState *then = &row->state;
  bool is_other_run = now->run != 0 && now->run != then->run;
  return (is_other_run && now->labels != then->labels)
      || now->uncertainty > then->uncertainty + then->uncertainty / 4;
}
