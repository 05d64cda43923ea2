/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Three features of each voxel, all in units of their spread over the view: its
 * grey smoothed a little, smoothed much, and how much greys vary around it; and
 * what networks said. Of these and their products a logistic regression is
 * fitted to the scribbles by Newton's method. Costs some 40 additions and 20
 * multiplications a voxel. */
#include "labels/scribble-look.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"

#define N_FEATURES 4
#define N_TERMS 11
#define N_ROUNDS 8
#define RIDGE 0.003
/* Of voxels that nobody scribbled on, so many stand for what is outside … */
#define N_FAR 4000
/* … and the scribbles outside, if any, count so much of all that is: they lie
 * where it looks like inside, and tell more by their place than by their look.
 */
#define OUTSIDE_SHARE 0.15
/* So many voxels at either end of the greys may be of no meaning. */
#define N_ODD 64
/* Reaches of the smoothing, in steps of the finest axis. */
#define FINE_REACH 1
#define WIDE_REACH 2

typedef struct {
  const LamScribbleView *view;
  int64_t n;
  /* Owned; of n */
  float *features[N_FEATURES];
  float *room;
  double weights[N_TERMS];
} Look;

/* --- features ------------------------------------------------------------- */

typedef struct {
  const float *from;
  float *to;
  const int64_t *size;
  int axis;
  int64_t reach;
} Smooth;

/* Sliding sums along a row of `n` places `step` apart, for `width` rows beside
 * each other. What lies beyond the end is as the end is. */
static void
slide (const float *from, float *to, int64_t n, int64_t step, int64_t width,
    int64_t reach, float *sums)
{
  const float share = 1 / (float)(2 * reach + 1);
  for (int64_t j = 0; j < width; j++)
    sums[j] = from[j] * (float)(reach + 1);
  for (int64_t i = 1; i <= reach; i++)
    for (int64_t j = 0; j < width; j++)
      sums[j] += from[MIN (i, n - 1) * step + j];
  for (int64_t i = 0; i < n; i++) {
    const float *in = from + MIN (i + reach + 1, n - 1) * step;
    const float *out = from + MAX (i - reach, 0) * step;
    float *mean = to + i * step;
    for (int64_t j = 0; j < width; j++) {
      mean[j] = sums[j] * share;
      sums[j] += in[j] - out[j];
    }
  }
}

/* One slice across z, or one across y of the sums along z. */
static bool
smooth_part (int64_t part, gpointer data, GError **error)
{
  const Smooth *smooth = data;
  const int64_t *size = smooth->size;
  const int64_t nx = size[0], slice = size[0] * size[1];
  g_autofree float *sums = g_new (float, nx);
  if (smooth->axis == 2)
    slide (smooth->from + part * nx, smooth->to + part * nx, size[2], slice, nx,
        smooth->reach, sums);
  else if (smooth->axis == 1)
    slide (smooth->from + part * slice, smooth->to + part * slice, size[1], nx,
        nx, smooth->reach, sums);
  else
    for (int64_t y = 0; y < size[1]; y++)
      slide (smooth->from + part * slice + y * nx,
          smooth->to + part * slice + y * nx, nx, 1, 1, smooth->reach, sums);
  return true;
}

/* Twice along each axis, in nm alike: nearly a Gaussian. Ends in `values`. */
static void
smooth (Look *look, float *values, double steps)
{
  const LamScribbleView *view = look->view;
  const double *nm = view->voxel_size_nm;
  const double finest = fmin (nm[0], fmin (nm[1], nm[2]));
  for (int axis = 0; axis < 3; axis++) {
    Smooth pass = { values, look->room, view->size, axis,
      (int64_t)(steps * finest / nm[axis] + 0.5) };
    if (pass.reach == 0)
      continue;
    const int64_t n = view->size[axis == 2 ? 1 : 2];
    lam_parallel (0, n, smooth_part, &pass, NULL, NULL);
    pass.from = look->room;
    pass.to = values;
    lam_parallel (0, n, smooth_part, &pass, NULL, NULL);
  }
}

static void
standardise (float *values, int64_t n)
{
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < n; i++) {
    sum += (double)values[i];
    squares += (double)values[i] * (double)values[i];
  }
  const double mean = sum / (double)n;
  const double variance = fmax (squares / (double)n - mean * mean, 0);
  const float offset = (float)mean,
              scale = variance > 0 ? (float)(1 / sqrt (variance)) : 0;
  for (int64_t i = 0; i < n; i++)
    values[i] = (values[i] - offset) * scale;
}

/* The largest of some values, the least of them first. */
typedef struct {
  float values[N_ODD + 1];
  int n;
} Largest;

static void
offer (Largest *largest, float value)
{
  float *values = largest->values;
  int i = 0;
  if (largest->n <= N_ODD)
    i = largest->n++;
  else if (value <= values[0])
    return;
  /* A full one loses its least. */
  if (i == 0)
    for (; i < largest->n - 1 && values[i + 1] < value; i++)
      values[i] = values[i + 1];
  else
    for (; i > 0 && values[i - 1] > value; i--)
      values[i] = values[i - 1];
  values[i] = value;
}

/* A few voxels far beyond all others, as a broken file or camera has them,
 * would make the others look alike: they become as far as the others' range. */
static void
tame (float *values, int64_t n)
{
  Largest highest = { 0 }, lowest = { 0 };
  for (int64_t i = 0; i < n; i++) {
    offer (&highest, values[i]);
    offer (&lowest, -values[i]);
  }
  const float high = highest.values[0], low = -lowest.values[0];
  const float range = high - low;
  if (n <= 4 * N_ODD || !(range > 0))
    return;
  for (int64_t i = 0; i < n; i++)
    values[i] = CLAMP (values[i], low - range, high + range);
}

static void
find_features (Look *look)
{
  const size_t n_bytes = (size_t)look->n * sizeof (float);
  float *fine = look->features[0], *wide = look->features[1],
        *spread = look->features[2];
  memcpy (fine, look->view->greys, n_bytes);
  tame (fine, look->n);
  standardise (fine, look->n);
  for (int64_t i = 0; i < look->n; i++)
    spread[i] = fine[i] * fine[i];
  memcpy (wide, fine, n_bytes);
  smooth (look, fine, FINE_REACH);
  smooth (look, wide, WIDE_REACH);
  smooth (look, spread, WIDE_REACH);
  for (int64_t i = 0; i < look->n; i++)
    spread[i] = sqrtf (fmaxf (spread[i] - wide[i] * wide[i], 0));
  for (int i = 0; i < 3; i++)
    standardise (look->features[i], look->n);
  if (look->view->opinions)
    memcpy (look->features[3], look->view->opinions, n_bytes);
}

/* --- the regression ------------------------------------------------------- */

static void
set_terms (const Look *look, int64_t i, double *terms)
{
  const double f = (double)look->features[0][i],
               w = (double)look->features[1][i],
               s = (double)look->features[2][i],
               o = look->features[3] ? (double)look->features[3][i] : 0;
  const double all[N_TERMS] = { 1, f, w, s, f * f, w * w, s * s, f * w, f * s,
    w * s, o };
  memcpy (terms, all, sizeof all);
}

static double
logistic (double x)
{
  return 1 / (1 + exp (-x));
}

/* Gauss's elimination of a positive definite system, in place. */
static void
solve (double a[N_TERMS][N_TERMS], double *b)
{
  for (int i = 0; i < N_TERMS; i++)
    for (int row = i + 1; row < N_TERMS; row++) {
      const double share = a[row][i] / a[i][i];
      for (int column = i; column < N_TERMS; column++)
        a[row][column] -= share * a[i][column];
      b[row] -= share * b[i];
    }
  for (int i = N_TERMS - 1; i >= 0; i--) {
    for (int column = i + 1; column < N_TERMS; column++)
      b[i] -= a[i][column] * b[column];
    b[i] /= a[i][i];
  }
}

typedef struct {
  int64_t index;
  double target, weight;
} Example;

static void
improve (Look *look, const GArray *examples)
{
  double a[N_TERMS][N_TERMS] = { 0 }, b[N_TERMS];
  for (int i = 0; i < N_TERMS; i++) {
    const double ridge = i == 0 ? 1e-9 : RIDGE;
    a[i][i] = ridge;
    b[i] = -ridge * look->weights[i];
  }
  for (guint e = 0; e < examples->len; e++) {
    const Example *example = &g_array_index (examples, Example, e);
    double terms[N_TERMS], sum = 0;
    set_terms (look, example->index, terms);
    for (int i = 0; i < N_TERMS; i++)
      sum += look->weights[i] * terms[i];
    const double p = logistic (sum);
    const double curve = example->weight * fmax (p * (1 - p), 1e-4);
    for (int i = 0; i < N_TERMS; i++) {
      b[i] += example->weight * (example->target - p) * terms[i];
      for (int j = 0; j < N_TERMS; j++)
        a[i][j] += curve * terms[i] * terms[j];
    }
  }
  solve (a, b);
  for (int i = 0; i < N_TERMS; i++)
    look->weights[i] += b[i];
}

/* --- examples ------------------------------------------------------------- */

/* The box around the scribbles inside, widened by half of its way to the
 * view's faces. */
static void
find_near (const LamScribbleView *view, int64_t low[3], int64_t high[3])
{
  const int64_t *size = view->size;
  const int64_t n = size[0] * size[1] * size[2];
  for (int a = 0; a < 3; a++) {
    low[a] = size[a];
    high[a] = -1;
  }
  for (int64_t i = 0; i < n; i++) {
    if (view->sides[i] != 1)
      continue;
    const int64_t at[3] = { i % size[0], i / size[0] % size[1],
      i / size[0] / size[1] };
    for (int a = 0; a < 3; a++) {
      low[a] = MIN (low[a], at[a]);
      high[a] = MAX (high[a], at[a]);
    }
  }
  for (int a = 0; a < 3; a++) {
    low[a] = low[a] / 2;
    high[a] = (high[a] + size[a] - 1) / 2;
  }
}

static void
add_examples (GArray *examples, const LamScribbleView *view, int64_t n)
{
  double counts[3] = { 0 };
  for (int64_t i = 0; i < n; i++)
    counts[view->sides[i]]++;
  for (int64_t i = 0; i < n; i++)
    if (view->sides[i]) {
      const bool is_inside = view->sides[i] == 1;
      Example example = { i, is_inside,
        (is_inside ? 1 : OUTSIDE_SHARE) / counts[view->sides[i]] };
      g_array_append_val (examples, example);
    }
}

/* A lattice of voxels far from the scribbles inside, as outside ones. */
static void
add_far (GArray *examples, const LamScribbleView *view, int64_t n, double share)
{
  int64_t low[3], high[3];
  find_near (view, low, high);
  const guint first = examples->len;
  const int64_t *size = view->size, step = MAX (n / N_FAR, 1) | 1;
  for (int64_t i = step / 2; i < n; i += step) {
    const int64_t at[3] = { i % size[0], i / size[0] % size[1],
      i / size[0] / size[1] };
    bool is_near = true;
    for (int a = 0; a < 3; a++)
      is_near = is_near && at[a] > low[a] && at[a] < high[a];
    Example example = { i, 0, 1 };
    if (!is_near && !view->sides[i])
      g_array_append_val (examples, example);
  }
  for (guint i = first; i < examples->len; i++)
    g_array_index (examples, Example, i).weight =
        share / (examples->len - first);
}

static void
learn (Look *look)
{
  const LamScribbleView *view = look->view;
  g_autoptr (GArray) examples = g_array_new (false, false, sizeof (Example));
  add_examples (examples, view, look->n);
  bool has_outside = memchr (view->sides, 2, (size_t)look->n) != NULL;
  add_far (examples, view, look->n, has_outside ? 1 - OUTSIDE_SHARE : 1);
  for (int round = 0; round < N_ROUNDS; round++)
    improve (look, examples);
}

/* --- all voxels ----------------------------------------------------------- */

typedef struct {
  const Look *look;
  float *out;
} Judge;

static bool
judge_slice (int64_t part, gpointer data, GError **error)
{
  const Judge *judge = data;
  const Look *look = judge->look;
  const int64_t slice = look->view->size[0] * look->view->size[1];
  float k[N_TERMS];
  for (int i = 0; i < N_TERMS; i++)
    k[i] = (float)look->weights[i];
  for (int64_t i = part * slice; i < (part + 1) * slice; i++) {
    const float f = look->features[0][i], w = look->features[1][i],
                s = look->features[2][i],
                o = look->features[3] ? look->features[3][i] : 0;
    const float sum = k[0] + f * (k[1] + f * k[4] + w * k[7] + s * k[8])
        + w * (k[2] + w * k[5] + s * k[9]) + s * (k[3] + s * k[6]) + o * k[10];
    /* Algebraic, as quick as it can be, and as steep in the middle. */
    const float half = sum / 4;
    judge->out[i] = 0.5f + half / sqrtf (1 + 4 * half * half);
  }
  return true;
}

static void
look_clear (Look *look)
{
  for (int i = 0; i < N_FEATURES; i++)
    g_free (look->features[i]);
  g_free (look->room);
}

bool
lam_scribble_look (const LamScribbleView *view, float *out, float *fine)
{
  Look look = { .view = view,
    .n = view->size[0] * view->size[1] * view->size[2] };
  look.room = g_try_new (float, look.n);
  bool has_room = look.room != NULL;
  for (int i = 0; i < (view->opinions ? 4 : 3); i++) {
    look.features[i] = g_try_new (float, look.n);
    has_room = has_room && look.features[i];
  }
  if (has_room) {
    find_features (&look);
    learn (&look);
    Judge judge = { &look, out };
    lam_parallel (0, view->size[2], judge_slice, &judge, NULL, NULL);
    memcpy (fine, look.features[0], (size_t)look.n * sizeof *fine);
  }
  look_clear (&look);
  return has_room;
}
