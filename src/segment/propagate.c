/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Known voxels are many, and those beside each other alike: of each class in
 * each cell of 8 × 8 voxels of a slice one stands for all, drawn by its place
 * in the volume, so that it is the same whatever box is asked for. A cell whose
 * neighbourhood holds no error of the network is passed over, which are most:
 * the cost goes with what a person corrected, not with the box. */
#include "segment/propagate.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/text.h"
#include "segment/voxel-math.h"

enum {
  CELL = 8,
  LANES = 8, /* sums are kept apart, so that they can be done at once */
  MAX_NEAR = 256, /* examples that a cell is compared with */
  N_GREYS = 2,
  MAX_KERNEL = 32, /* voxels to one side */
  MAX_FEATURES = 3 + N_GREYS + LAM_PROPAGATE_MAX_CLASSES,
  MAX_CLASSES = LAM_PROPAGATE_MAX_CLASSES,
};

/* Deviations of each feature: of place in the voxel's shortest edges; a third
 * of the reach. */
#define PLACE (LAM_PROPAGATE_REACH / 3.0)
#define LOGARITHM 1.3
#define GREY 0.43
/* Of smoothing, in voxels within a slice. */
static const double smoothings[N_GREYS] = { 1, 4 };
/* Below it a probability is as good as none. */
#define LEAST 1e-3f
/* Voxels without an error that stand for what is not known. */
#define PRIOR 6.0f
/* An error from which others may follow. */
#define LEAST_ERROR 0.4f

typedef struct {
  float features[MAX_FEATURES];
  float errors[MAX_CLASSES];
  float weight; /* voxels that it stands for */
  bool is_error;
} Example;

typedef struct {
  const LamPropagation *input;
  float *probabilities;
  int64_t size[3], n;
  int n_features;
  float *greys[N_GREYS]; /* Owned; smoothed */
  double edges[3]; /* of a voxel, in PLACE */
  int64_t cells[3];
  GArray **examples; /* Owned; by cell; NULL: nothing is known */
  uint8_t *becomes; /* Owned; by voxel: 1 + another class, or 0; HOLDS: … */
  /* Owned; by voxel and then class, what the network said of those that get
   * another one. Of the rest nothing is written, nor memory taken. */
  float *before;
} Work;

/* In `becomes`: somebody said so, or it is joined with such a voxel. */
#define HOLDS 0x80

static void
work_clear (Work *work)
{
  for (int i = 0; i < N_GREYS; i++)
    free (work->greys[i]);
  int64_t n = work->cells[0] * work->cells[1] * work->cells[2];
  for (int64_t i = 0; work->examples && i < n; i++)
    g_clear_pointer (&work->examples[i], g_array_unref);
  g_free (work->examples);
  free (work->becomes);
  free (work->before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* ---- Appearance --------------------------------------------------------- */

LAM_CLONES static void
add_scaled (const float *from, float factor, int64_t n, float *to)
{
  for (int64_t i = 0; i < n; i++)
    to[i] += factor * from[i];
}

/* Beyond the edge of a slice the last value goes on. `padded` has room for the
 * row with that. */
static void
smooth_row (const float *from, float *to, int64_t n, const float *kernel,
    int reach, float *padded)
{
  for (int64_t i = 0; i < n + 2 * reach; i++)
    padded[i] = from[CLAMP (i - reach, 0, n - 1)];
  memset (to, 0, (size_t)n * sizeof *to);
  for (int k = -reach; k <= reach; k++)
    add_scaled (padded + reach + k, kernel[ABS (k)], n, to);
}

static void
smooth_columns (const float *from, float *to, int64_t width, int64_t height,
    const float *kernel, int reach)
{
  for (int64_t y = 0; y < height; y++) {
    memset (to + y * width, 0, (size_t)width * sizeof *to);
    for (int k = -reach; k <= reach; k++)
      add_scaled (from + CLAMP (y + k, 0, height - 1) * width, kernel[ABS (k)],
          width, to + y * width);
  }
}

static bool
smooth_slice (int64_t z, gpointer data, GError **error)
{
  Work *work = data;
  int64_t width = work->size[0], height = work->size[1], area = width * height;
  g_autofree float *half = g_new (float, area);
  g_autofree float *padded = g_new (float, width + 2 * MAX_KERNEL);
  for (int i = 0; i < N_GREYS; i++) {
    float kernel[MAX_KERNEL], sum = 0;
    int reach = (int)(3 * smoothings[i]);
    for (int k = 0; k <= reach; k++) {
      kernel[k] = (float)exp (-k * k / (2 * smoothings[i] * smoothings[i]));
      sum += k == 0 ? kernel[k] : 2 * kernel[k];
    }
    for (int k = 0; k <= reach; k++)
      kernel[k] /= sum;
    const float *from = work->input->grey + z * area;
    float *to = work->greys[i] + z * area;
    for (int64_t y = 0; y < height; y++)
      smooth_row (
          from + y * width, half + y * width, width, kernel, reach, padded);
    smooth_columns (half, to, width, height, kernel, reach);
  }
  return true;
}

static void
describe (const Work *work, int64_t x, int64_t y, int64_t z, float *features)
{
  int64_t at = (z * work->size[1] + y) * work->size[0] + x;
  const int64_t place[3] = { x, y, z };
  for (int a = 0; a < 3; a++)
    *features++ = (float)((double)place[a] * work->edges[a]);
  for (int i = 0; i < N_GREYS; i++)
    *features++ = work->greys[i][at] / (float)GREY;
  for (int c = 0; c < work->input->n_classes; c++) {
    float p = work->probabilities[c * work->n + at];
    *features++ = lam_voxel_log (MAX (p, LEAST)) / (float)LOGARITHM;
  }
}

/* ---- What is known ------------------------------------------------------ */

/* splitmix64 (Steele, Lea and Flood 2014) of a place in the volume. */
static uint64_t
mix (const Work *work, int64_t x, int64_t y, int64_t z)
{
  const int64_t *min = work->input->box.min;
  uint64_t h = (uint64_t)(x + min[0]) ^ (uint64_t)(y + min[1]) << 21
      ^ (uint64_t)(z + min[2]) << 42;
  h += 0x9e3779b97f4a7c15;
  h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
  h = (h ^ h >> 27) * 0x94d049bb133111eb;
  return h ^ h >> 31;
}

static bool
is_number (const Work *work, int64_t at)
{
  float sum = 0;
  for (int c = 0; c < work->input->n_classes; c++)
    sum += work->probabilities[c * work->n + at];
  return isfinite (sum);
}

/* In voxels of the box. Cells lie on a grid over the volume. */
static LamBox
cell_box (const Work *work, int64_t number)
{
  const LamBox *box = &work->input->box;
  int64_t at[2] = { number % work->cells[0],
    number / work->cells[0] % work->cells[1] };
  LamBox cell;
  for (int a = 0; a < 2; a++) {
    int64_t first = box->min[a] / CELL * CELL - box->min[a] + at[a] * CELL;
    cell.min[a] = MAX (first, 0);
    cell.max[a] = MIN (first + CELL, work->size[a]);
  }
  cell.min[2] = number / (work->cells[0] * work->cells[1]);
  cell.max[2] = cell.min[2] + 1;
  return cell;
}

#define FOR_EACH_IN(cell, x, y) \
  for (int64_t y = (cell).min[1]; y < (cell).max[1]; y++) \
    for (int64_t x = (cell).min[0]; x < (cell).max[0]; x++)

static void
add_example (Work *work, GArray *examples, int class_index, int n,
    const int64_t place[3])
{
  Example example = { .weight = (float)n };
  int64_t at = (place[2] * work->size[1] + place[1]) * work->size[0] + place[0];
  describe (work, place[0], place[1], place[2], example.features);
  for (int c = 0; c < work->input->n_classes; c++)
    example.errors[c] =
        (float)(c == class_index) - work->probabilities[c * work->n + at];
  example.is_error = example.errors[class_index] > LEAST_ERROR;
  g_array_append_val (examples, example);
}

static bool
find_examples (int64_t number, gpointer data, GError **error)
{
  Work *work = data;
  LamBox cell = cell_box (work, number);
  int counts[MAX_CLASSES] = { 0 };
  uint64_t ranks[MAX_CLASSES];
  int64_t places[MAX_CLASSES][3], z = cell.min[2];
  FOR_EACH_IN (cell, x, y)
  {
    int64_t at = (z * work->size[1] + y) * work->size[0] + x;
    int class_index = work->input->known[at];
    if (class_index >= work->input->n_classes || !is_number (work, at))
      continue;
    uint64_t rank = mix (work, x, y, z);
    if (counts[class_index]++ == 0 || rank < ranks[class_index]) {
      const int64_t place[3] = { x, y, z };
      ranks[class_index] = rank;
      memcpy (places[class_index], place, sizeof place);
    }
  }
  for (int c = 0; c < work->input->n_classes; c++) {
    if (counts[c] == 0)
      continue;
    if (!work->examples[number])
      work->examples[number] = g_array_new (false, false, sizeof (Example));
    add_example (work, work->examples[number], c, counts[c], places[c]);
  }
  return true;
}

/* ---- What follows ------------------------------------------------------- */

/* Examples near a cell, by feature. */
typedef struct {
  int n; /* a multiple of LANES; the last may have no weight */
  float features[MAX_FEATURES][MAX_NEAR];
  float errors[MAX_CLASSES][MAX_NEAR];
  float weights[MAX_NEAR], nearness[MAX_NEAR];
} Near;

/* Square of PLACE. */
static double
distance (const Work *work, const LamBox *cell, const Example *example)
{
  double sum = 0;
  for (int a = 0; a < 3; a++) {
    double low = (double)cell->min[a] * work->edges[a],
           high = (double)(cell->max[a] - 1) * work->edges[a];
    double at = (double)example->features[a];
    double d = at < low ? low - at : at > high ? at - high : 0;
    sum += d * d;
  }
  return sum;
}

/* Of more than there is room for every so-manieth is taken, for all of them. */
static void
take_near (const Work *work, const GPtrArray *found, Near *near)
{
  guint step = (found->len + MAX_NEAR - 1) / MAX_NEAR;
  near->n = 0;
  for (guint i = 0; i < found->len; i += step, near->n++) {
    const Example *example = found->pdata[i];
    near->weights[near->n] = example->weight * (float)step;
    for (int f = 0; f < work->n_features; f++)
      near->features[f][near->n] = example->features[f];
    for (int c = 0; c < work->input->n_classes; c++)
      near->errors[c][near->n] = example->errors[c];
  }
  for (; near->n % LANES != 0; near->n++) {
    near->weights[near->n] = 0;
    for (int f = 0; f < work->n_features; f++)
      near->features[f][near->n] = 0;
    for (int c = 0; c < work->input->n_classes; c++)
      near->errors[c][near->n] = 0;
  }
}

/* False: no error is near. */
static bool
find_near (const Work *work, const LamBox *cell, Near *near)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  bool is_any = false;
  int64_t from[3], to[3];
  for (int a = 0; a < 3; a++) {
    int64_t reach = (int64_t)(3 / work->edges[a]), edge = a == 2 ? 1 : CELL,
            skipped = a == 2 ? 0 : work->input->box.min[a] % CELL;
    from[a] = MAX (cell->min[a] + skipped - reach, 0) / edge;
    to[a] =
        MIN ((cell->max[a] - 1 + skipped + reach) / edge, work->cells[a] - 1);
  }
  for (int64_t z = from[2]; z <= to[2]; z++)
    for (int64_t y = from[1]; y <= to[1]; y++)
      for (int64_t x = from[0]; x <= to[0]; x++) {
        const GArray *examples =
            work->examples[(z * work->cells[1] + y) * work->cells[0] + x];
        for (guint i = 0; examples && i < examples->len; i++) {
          Example *example = &g_array_index (examples, Example, i);
          if (distance (work, cell, example) > 9)
            continue;
          is_any |= example->is_error;
          g_ptr_array_add (found, example);
        }
      }
  if (is_any)
    take_near (work, found, near);
  return is_any;
}

LAM_CLONES static void
compare (const float *features, int n_features, Near *near)
{
  for (int i = 0; i < near->n; i++)
    near->nearness[i] = 0;
  for (int f = 0; f < n_features; f++) {
    const float here = features[f], *there = near->features[f];
    for (int i = 0; i < near->n; i++) {
      float d = here - there[i];
      near->nearness[i] += d * d;
    }
  }
  for (int i = 0; i < near->n; i++)
    near->nearness[i] =
        near->weights[i] * lam_voxel_exp (near->nearness[i] * -0.5f);
}

LAM_CLONES static float
sum_up (const float *values, const float *weights, int n)
{
  float sums[LANES] = { 0 }, sum = 0;
  for (int i = 0; i < n; i += LANES)
    for (int lane = 0; lane < LANES; lane++)
      sums[lane] += values[i + lane] * weights[i + lane];
  for (int lane = 0; lane < LANES; lane++)
    sum += sums[lane];
  return sum;
}

/* Adds what follows from what is near. */
static void
change_voxel (Work *work, int64_t at, Near *near, const float *ones)
{
  float all = PRIOR + sum_up (near->nearness, ones, near->n), sum = 0;
  float *p = work->probabilities + at;
  for (int c = 0; c < work->input->n_classes; c++) {
    float *here = p + c * work->n;
    *here += sum_up (near->errors[c], near->nearness, near->n) / all;
    *here = MAX (*here, 0);
    sum += *here;
  }
  for (int c = 0; c < work->input->n_classes && sum > 0; c++)
    p[c * work->n] /= sum;
}

static uint8_t
find_class (const Work *work, int64_t at)
{
  int best = 0;
  for (int c = 1; c < work->input->n_classes; c++)
    if (work->probabilities[c * work->n + at]
        > work->probabilities[best * work->n + at])
      best = c;
  return (uint8_t)best;
}

static void
turn_voxel (Work *work, int64_t at, Near *near, const float *ones)
{
  const int n_classes = work->input->n_classes;
  float before[MAX_CLASSES];
  uint8_t was = find_class (work, at);
  for (int c = 0; c < n_classes; c++)
    before[c] = work->probabilities[c * work->n + at];
  change_voxel (work, at, near, ones);
  uint8_t is = find_class (work, at);
  if (is == was)
    return;
  memcpy (work->before + at * n_classes, before,
      (size_t)n_classes * sizeof *before);
  work->becomes[at] = is + 1;
}

static void
keep_voxel (Work *work, int64_t at)
{
  for (int c = 0; c < work->input->n_classes; c++)
    work->probabilities[c * work->n + at] = c == work->input->known[at];
}

/* A voxel's own probabilities, and what was taken of examples, are all that is
 * looked at: so they can be changed where they are. */
static bool
change_cell (int64_t number, gpointer data, GError **error)
{
  Work *work = data;
  LamBox cell = cell_box (work, number);
  g_autofree Near *near = g_new (Near, 1);
  bool is_near = find_near (work, &cell, near), keeps = work->input->keeps;
  float ones[MAX_NEAR];
  for (int i = 0; i < MAX_NEAR; i++)
    ones[i] = 1;
  FOR_EACH_IN (cell, x, y)
  {
    int64_t z = cell.min[2];
    int64_t at = (z * work->size[1] + y) * work->size[0] + x;
    bool is_known = work->input->known[at] < work->input->n_classes;
    float features[MAX_FEATURES];
    if (!(is_known || is_near) || !is_number (work, at))
      continue;
    if (is_known) {
      if (find_class (work, at) != work->input->known[at])
        work->becomes[at] = HOLDS | (work->input->known[at] + 1);
      if (keeps)
        keep_voxel (work, at);
      continue;
    }
    describe (work, x, y, z, features);
    compare (features, work->n_features, near);
    turn_voxel (work, at, near, ones);
  }
  return true;
}

/* ---- What is joined with what is known ---------------------------------- */

static void
hold_beside (Work *work, int64_t at, GArray *ends)
{
  const int64_t *size = work->size, area = size[0] * size[1];
  const int64_t place[3] = { at % size[0], at / size[0] % size[1], at / area };
  const int64_t steps[3] = { 1, size[0], area };
  for (int a = 0; a < 3; a++)
    for (int side = -1; side <= 1; side += 2) {
      int64_t to = at + side * steps[a];
      if (place[a] + side < 0 || place[a] + side >= size[a]
          || (work->becomes[to] | HOLDS) != work->becomes[at]
          || work->becomes[to] == work->becomes[at])
        continue;
      work->becomes[to] |= HOLDS;
      g_array_append_val (ends, to);
    }
}

/* A likeness at a distance is a guess; one that reaches from what was said to
 * there without a gap is seldom wrong. */
static void
take_back_apart (Work *work)
{
  const int n_classes = work->input->n_classes;
  g_autoptr (GArray) ends = g_array_new (false, false, sizeof (int64_t));
  for (int64_t i = 0; i < work->n; i++) {
    if (work->becomes[i] & HOLDS)
      g_array_append_val (ends, i);
    while (ends->len > 0) {
      int64_t at = g_array_index (ends, int64_t, ends->len - 1);
      g_array_set_size (ends, ends->len - 1);
      hold_beside (work, at, ends);
    }
  }
  for (int64_t i = 0; i < work->n; i++)
    for (int c = 0;
         c < n_classes && work->becomes[i] && !(work->becomes[i] & HOLDS); c++)
      work->probabilities[c * work->n + i] = work->before[i * n_classes + c];
}

/* ---- All ---------------------------------------------------------------- */

static bool
is_any_known (const Work *work)
{
  for (int64_t i = 0; i < work->n; i++)
    if (work->input->known[i] < work->input->n_classes)
      return true;
  return false;
}

static void
measure (Work *work)
{
  const LamPropagation *input = work->input;
  double shortest = MIN (input->voxel_size_nm[0],
      MIN (input->voxel_size_nm[1], input->voxel_size_nm[2]));
  for (int a = 0; a < 3; a++) {
    work->size[a] = input->box.max[a] - input->box.min[a];
    work->edges[a] = input->voxel_size_nm[a] / shortest / PLACE;
    int64_t edge = a == 2 ? 1 : CELL;
    work->cells[a] =
        lam_divide_up (input->box.max[a], edge) - input->box.min[a] / edge;
  }
  work->n = lam_box_volume (&input->box);
  work->n_features = 3 + N_GREYS + input->n_classes;
}

int64_t
lam_propagate_get_voxel_bytes (int n_classes)
{
  const int64_t grows = 2; /* what is kept in an array that doubles */
  const int64_t examples =
      grows * n_classes * (int64_t)sizeof (Example) / (CELL * CELL);
  const int64_t ends = grows * (int64_t)sizeof (int64_t);
  return (N_GREYS + n_classes) * (int64_t)sizeof (float)
      + (int64_t)sizeof (uint8_t) + examples + ends;
}

static bool
allocate (Work *work, GError **error)
{
  const int n_classes = work->input->n_classes;
  const size_t n = (size_t)work->n, bytes = n * sizeof (float);
  bool done = true;
  for (int i = 0; i < N_GREYS && done; i++)
    done = (work->greys[i] = lam_memory_new (bytes)) != NULL;
  done = done && (work->becomes = lam_memory_new0 (n))
      && (work->before = lam_memory_new (bytes * (size_t)n_classes));
  if (done)
    return true;
  g_autofree char *need =
      lam_text_bytes (work->n * lam_propagate_get_voxel_bytes (n_classes));
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory for a box of %" G_GINT64_FORMAT
         " voxels: it needs %s"),
      work->n, need);
  return false;
}

bool
lam_propagate (const LamPropagation *input, float *probabilities, int n_threads,
    LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .input = input, .probabilities = probabilities };
  measure (&work);
  if (input->n_classes > MAX_CLASSES || !is_any_known (&work))
    return true;
  if (!allocate (&work, error))
    return false;
  int64_t n_cells = work.cells[0] * work.cells[1] * work.cells[2];
  work.examples = g_new0 (GArray *, n_cells);
  bool done = lam_parallel (
                  n_threads, work.size[2], smooth_slice, &work, progress, error)
      && lam_parallel (
          n_threads, n_cells, find_examples, &work, progress, error)
      && lam_parallel (n_threads, n_cells, change_cell, &work, progress, error)
      && lam_progress_check (progress, error);
  if (done)
    take_back_apart (&work);
  return done;
}
