/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/dissent-verdicts.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/verdicts.h"
#include "workspace/dissent-places.h"
#include "workspace/verdict-grid.h"

bool
lam_dissent_find_object (const LamDissent *dissent, const int64_t voxel[3],
    const LamPlace *place, LamDissentObject *object, GError **error)
{
  LamDissentPair pair;
  if (!lam_dissent_read_voxel (dissent, voxel, &pair, error))
    return false;
  if (place && (pair.mine != place->label || pair.theirs != place->beside)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("This place has changed meanwhile"));
    return false;
  }
  if (lam_dissent_get_object (dissent, pair, object))
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("Neither of you says that there is an object"));
  return false;
}

GArray *
lam_dissent_list_object_places (
    const LamDissentObject *object, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) places = g_array_new (false, true, sizeof (LamPlace));
  return lam_dissent_find (object->dissent, object, places, progress, error)
      ? g_steal_pointer (&places)
      : NULL;
}

/* Places of which that is the last word already. */
static bool
is_said (const LamVerdictGrid *grid, const GArray *said, const LamPlace *place,
    LamVerdict verdict)
{
  const int i = lam_verdict_grid_find (grid, place);
  return i >= 0 && g_array_index (said, LamVerdictRow, i).verdict == verdict;
}

GArray *
lam_dissent_say_of_places (LamStore *store, const GArray *places,
    LamVerdict verdict, const char *note, GError **error)
{
  g_autoptr (GArray) said = lam_store_list_verdicts (store, error);
  g_autoptr (LamVerdictGrid) grid = lam_verdict_grid_new ();
  g_autoptr (GArray) rows = g_array_new (false, true, sizeof (LamVerdictRow));
  const int64_t now = g_get_real_time ();
  for (guint i = 0; said && i < said->len; i++)
    lam_verdict_grid_add (grid, &g_array_index (said, LamVerdictRow, i));
  for (guint i = 0; said && i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    LamVerdictRow row = lam_verdict_row_of (place, verdict);
    row.time = now;
    if (!is_said (grid, said, place, verdict))
      g_array_append_val (rows, row);
  }
  return said && lam_store_add_verdicts (store, rows, note, error)
      ? g_steal_pointer (&rows)
      : NULL;
}

GArray *
lam_dissent_keep_mine (LamStore *store, int64_t voice, const int64_t voxel[3],
    const LamPlace *place, const LamClassTable *classes, const char *note,
    LamProgress *progress, GError **error)
{
  LamDissentObject object;
  g_autoptr (LamVoice) who = voice == 0
      ? lam_dissent_find_voice_at (store, voxel, error)
      : lam_dissent_find_voice (store, voice, error);
  g_autoptr (LamDissent) dissent =
      who ? lam_dissent_new (store, who, classes, progress, error) : NULL;
  if (!dissent
      || !lam_dissent_find_object (dissent, voxel, place, &object, error))
    return NULL;
  g_autoptr (GArray) places =
      lam_dissent_list_object_places (&object, progress, error);
  g_autoptr (GArray) rows = places ? lam_dissent_say_of_places (store, places,
                                LAM_VERDICT_VERIFIED, note, error)
                                   : NULL;
  if (!rows || rows->len > 0)
    return g_steal_pointer (&rows);
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      places->len > 0 ? _ ("You have decided on all of this object already")
                      : _ ("Both say the same of this object"));
  return NULL;
}
