/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A tile of a network that sees far is mostly rim: work that is thrown away.
 * The larger it is, the less; until the memory for it, as one thread needs it,
 * is above a bound that is the same on all machines. */
#include "segment/member.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

/* Of a tile that we choose. */
#define TILE_BYTES (INT64_C (2) << 30)
/* Voxels computed for one that is used: less is not worth more memory. */
#define GOOD_WORK 1.5
#define OVERLAP 0.25

static int64_t
round_up (int64_t value, int64_t step)
{
  return lam_divide_up (value, step) * step;
}

static int64_t
find_common_multiple (int64_t a, int64_t b)
{
  int64_t x = a, y = b;
  while (y) {
    int64_t rest = x % y;
    x = y;
    y = rest;
  }
  return a / x * b;
}

/* The image mirrored shows the other rim; turned, that of the other axis. */
static void
find_rims (LamMember *member)
{
  const LamModelField *field = lam_model_get_field (member->model.model);
  for (int i = 0; i < 3; i++)
    member->rims[i] =
        (LamCoverRim){ field->before[i], field->after[i], field->step[i] };
  LamCoverRim *x = &member->rims[0], *y = &member->rims[1];
  if (member->copies >= LAM_COPIES_FLIPS) {
    x->before = x->after = MAX (x->before, x->after);
    y->before = y->after = MAX (y->before, y->after);
  }
  if (member->copies == LAM_COPIES_TURNS) {
    x->before = x->after = MAX (x->before, y->before);
    x->step = find_common_multiple (x->step, y->step);
    *y = *x;
  }
}

/* What tiles are a multiple of. */
static int64_t
get_step (const LamMember *member, int axis)
{
  return member->whole ? lam_model_get_multiple (member->model.model)[axis]
                       : member->rims[axis].step;
}

static bool
check_core (const LamMember *member, GError **error)
{
  for (int i = 0; i < 3; i++) {
    const LamCoverRim *rim = &member->rims[i];
    int64_t needed = round_up (rim->before + rim->after + rim->step, rim->step);
    if (lam_cover_get_core (rim, member->tile[i]) > 0)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s: tiles of %" G_GINT64_FORMAT
           " voxels along %c are too small: the network sees %" G_GINT64_FORMAT
           " voxels before and %" G_GINT64_FORMAT
           " behind each, so that at least %" G_GINT64_FORMAT " are needed"),
        lam_network_get_path (lam_model_get_network (member->model.model)),
        member->tile[i], "xyz"[i], rim -> before, rim -> after, needed);
    return false;
  }
  return true;
}

static bool
make_square (LamMember *member, GError **error)
{
  const LamModel *model = member->model.model;
  int64_t *tile = member->tile;
  if (member->copies != LAM_COPIES_TURNS || tile[0] == tile[1])
    return true;
  bool is_fixed[2] = { lam_model_is_fixed (model, 0),
    lam_model_is_fixed (model, 1) };
  int64_t edge = is_fixed[0] ? tile[0]
      : is_fixed[1]          ? tile[1]
                             : MAX (tile[0], tile[1]);
  if ((is_fixed[0] && is_fixed[1]) || edge % get_step (member, 0)
      || edge % get_step (member, 1)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s cannot be shown turned images: its tiles are not square"),
        lam_network_get_path (lam_model_get_network (model)));
    return false;
  }
  tile[0] = tile[1] = edge;
  return true;
}

/* As one thread needs it. */
static bool
fits_bound (const LamMember *member, bool *fits, GError **error)
{
  int64_t bytes, weights_bytes;
  if (!lam_runner_measure (member->model.model, member->tile, 1,
          member->copies != LAM_COPIES_ONE, &bytes, &weights_bytes, error))
    return false;
  *fits = bytes <= TILE_BYTES;
  return true;
}

static int64_t
get_length (const LamMember *member, int axis, int64_t core)
{
  const LamModel *model = member->model.model;
  const LamCoverRim *rim = &member->rims[axis];
  return lam_model_is_fixed (model, axis)
      ? lam_model_get_tile (model)[axis]
      : round_up (core + rim->before + rim->after, rim->step);
}

/* Voxels computed for one that is used, along an axis. */
static double
get_work (const LamMember *member, int axis, int64_t core)
{
  int64_t length = get_length (member, axis, core);
  return (double)length
      / (double)MAX (lam_cover_get_core (&member->rims[axis], length), 1);
}

static double
get_all_work (const LamMember *member, const int64_t core[3])
{
  double work = 1;
  for (int i = 0; i < 3; i++)
    work *= get_work (member, i, core[i]);
  return work;
}

static int64_t
get_next (const LamMember *member, int axis, int64_t core)
{
  int64_t step = member->rims[axis].step;
  return core + MAX (step, round_up (core / 8, step));
}

/* The axis along which a longer tile saves most work for its voxels; -1: none
 * is worth it. */
static int
choose_axis (
    const LamMember *member, const int64_t core[3], const bool is_done[3])
{
  const LamModel *model = member->model.model;
  const int64_t *wanted = lam_model_get_tile (model);
  bool is_good = get_all_work (member, core) <= GOOD_WORK;
  double most = -1;
  int axis = -1;
  for (int i = 0; i < 3; i++) {
    int64_t next = get_next (member, i, core[i]);
    bool has_rim = member->rims[i].before + member->rims[i].after > 0;
    if (is_done[i] || lam_model_is_fixed (model, i)
        || (core[i] >= wanted[i] && (is_good || !has_rim)))
      continue;
    double gain =
        log (get_work (member, i, core[i]) / get_work (member, i, next))
        / log ((double)get_length (member, i, next)
            / (double)get_length (member, i, core[i]));
    if (gain > most) {
      most = gain;
      axis = i;
    }
  }
  return axis;
}

static bool
try_core (LamMember *member, const int64_t core[3], bool *fits, GError **error)
{
  for (int i = 0; i < 3; i++)
    member->tile[i] = get_length (member, i, core[i]);
  return make_square (member, error) && fits_bound (member, fits, error);
}

/* Grows from the smallest there is, and stays below the bound if that is. */
static bool
choose_tile (LamMember *member, GError **error)
{
  const int64_t *wanted = lam_model_get_tile (member->model.model);
  bool is_done[3] = { false }, fits;
  int64_t core[3];
  int axis;
  for (int i = 0; i < 3; i++) {
    bool has_rim = member->rims[i].before + member->rims[i].after > 0;
    core[i] = has_rim ? member->rims[i].step : wanted[i];
  }
  while ((axis = choose_axis (member, core, is_done)) >= 0) {
    int64_t before = core[axis];
    core[axis] = get_next (member, axis, before);
    if (!try_core (member, core, &fits, error))
      return false;
    if (!fits) {
      core[axis] = before;
      is_done[axis] = true;
    }
  }
  return try_core (member, core, &fits, error);
}

bool
lam_member_fit (LamMember *member, const LamSegmenterSettings *settings,
    const int64_t tile[3], GError **error)
{
  const LamModel *model = member->model.model;
  bool is_asked = tile[0] > 0 || tile[1] > 0 || tile[2] > 0;
  member->copies = settings->copies;
  member->whole = lam_model_get_field (model)->whole;
  if (!member->whole && settings->blends)
    member->whole = "";
  find_rims (member);
  for (int i = 0; i < 3; i++)
    if (!member->whole && lam_model_is_fixed (model, i)
        && lam_cover_get_core (&member->rims[i], lam_model_get_tile (model)[i])
            < 1)
      member->whole = "";
  if (!member->whole && !choose_tile (member, error))
    return false;
  for (int i = 0; i < 3; i++) {
    if (member->whole)
      member->tile[i] = lam_model_get_tile (model)[i];
    if (is_asked && tile[i] > 0 && !lam_model_is_fixed (model, i))
      member->tile[i] = round_up (tile[i], get_step (member, i));
  }
  return make_square (member, error)
      && (member->whole || check_core (member, error));
}

/* One grid for the volume, whatever the box. */
static void
cover_blended (const LamMember *member, const int64_t size[3],
    const LamBox *box, LamCover covers[3])
{
  int64_t tile[3];
  for (int i = 0; i < 3; i++) {
    tile[i] = member->tile[i];
    if (!lam_model_is_fixed (member->model.model, i))
      tile[i] = MIN (tile[i], round_up (size[i], get_step (member, i)));
  }
  if (member->copies == LAM_COPIES_TURNS)
    tile[0] = tile[1] = MAX (tile[0], tile[1]);
  for (int i = 0; i < 3; i++) {
    LamTiling tiling = lam_tiling_new (
        0, size[i], tile[i], (int64_t)(OVERLAP * (double)tile[i]));
    covers[i] = lam_cover_blend (&tiling, box->min[i], box->max[i]);
  }
}

void
lam_member_cover (const LamMember *member, const int64_t size[3],
    const LamBox *box, LamCover covers[3])
{
  if (member->whole) {
    cover_blended (member, size, box, covers);
    return;
  }
  for (int i = 0; i < 3; i++)
    covers[i] = lam_cover_exact (&member->rims[i], member->tile[i],
        lam_model_is_fixed (member->model.model, i), box->min[i], box->max[i]);
  int64_t edge = MAX (covers[0].tile, covers[1].tile);
  for (int i = 0; member->copies == LAM_COPIES_TURNS && i < 2; i++) {
    lam_cover_clear (&covers[i]);
    covers[i] = lam_cover_exact (
        &member->rims[i], edge, true, box->min[i], box->max[i]);
  }
}

static void
get_tile (const LamCover covers[3], int64_t tile[3])
{
  for (int i = 0; i < 3; i++)
    tile[i] = covers[i].tile;
}

bool
lam_member_measure (const LamMember *member, const LamCover covers[3],
    int n_threads, int64_t *bytes, GError **error)
{
  int64_t tile[3], weights_bytes;
  get_tile (covers, tile);
  if (!lam_runner_measure (member->model.model, tile, n_threads,
          member->copies != LAM_COPIES_ONE, bytes, &weights_bytes, error))
    return false;
  *bytes += weights_bytes;
  return true;
}

bool
lam_member_prepare (LamMember *member, const LamCover covers[3],
    const LamPlanOptions *options, GError **error)
{
  int64_t tile[3];
  get_tile (covers, tile);
  if (member->runner
      && memcmp (lam_runner_get_tile (member->runner), tile, sizeof tile) == 0)
    return true;
  /* First the old one's memory. */
  g_clear_pointer (&member->runner, lam_runner_free);
  member->runner = lam_runner_new (member->model.model, tile, options, error);
  return member->runner != NULL;
}
