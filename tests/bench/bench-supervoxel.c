/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-supervoxel [DATA]: how good mitochondria of DATA/vnc and DATA/lucchi
 * are after so many clicks with the supervoxel brush and with the plain one,
 * and how many it takes until the IoU with the truth is 0.9, object by object;
 * and how long a block of basins takes, beside a copy of its greys. Medians.
 *
 * Both persons know the truth, choose one size for an object, the best there
 * is, and click where it gains most: one takes the basin there, the other dabs
 * a disc, or a ball in space. Clicks that gain nothing are not made; what is
 * not at 0.9 then counts as not reached. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labels/basin-block.h"
#include "labels/basin-edges.h"
#include "volume/format.h"
#include "volume/volume.h"

enum { MAX_CLICKS = 100, MAX_OBJECTS = 200 };
#define WANTED 0.9
#define MIN_VOXELS 1000

typedef struct {
  const char *name;
  int64_t size[3];
  double nm[3];
  float *greys;
  uint8_t *truth; /* 1: of the class */
  LamBasinKind kind;
  double typical_edge;
  uint64_t *basins[LAM_BASIN_N_SIZES]; /* names, dense */
} Picture;

/* Around one object: everything dense in the box. */
typedef struct {
  const Picture *picture;
  LamBox box;
  int64_t size[3], n, n_object;
  bool *object, *painted;
} Person;

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int64_t
index_at (const Picture *picture, const int64_t at[3])
{
  return at[0] + picture->size[0] * (at[1] + picture->size[1] * at[2]);
}

/* --- basins --------------------------------------------------------------- */

static void
find_edges (
    const Picture *picture, const LamBox *box, float *greys, float *edges)
{
  LamBasinView view = { 0 };
  for (int i = 0; i < 3; i++) {
    view.size[i] = box->max[i] - box->min[i];
    view.voxel_size_nm[i] = picture->nm[i];
  }
  int64_t at[3], i = 0;
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++)
        greys[i++] = picture->greys[index_at (picture, at)];
  view.greys = greys;
  bool is_of_greys;
  if (!lam_basin_edges (&view, edges, &is_of_greys))
    g_error ("no memory");
}

static void
find_typical_edge (Picture *picture)
{
  double means[LAM_BASIN_N_SAMPLES];
  for (int i = 0; i < LAM_BASIN_N_SAMPLES; i++) {
    const LamBasinPlace place =
        lam_basin_sample (&picture->kind, picture->size, picture->nm, i);
    const int64_t n = lam_box_volume (&place.around);
    g_autofree float *greys = g_new (float, n), *edges = g_new (float, n);
    find_edges (picture, &place.around, greys, edges);
    means[i] = lam_basin_mean_edge (edges, n);
  }
  picture->typical_edge = lam_basin_typical_edge (means);
}

static LamBasinBlock *
make_block (const Picture *picture, const LamBasinPlace *place)
{
  const int64_t n = lam_box_volume (&place->around);
  g_autofree float *greys = g_new (float, n), *edges = g_new (float, n);
  find_edges (picture, &place->around, greys, edges);
  return lam_basin_block_new (&picture->kind, place, picture->size, picture->nm,
      edges, greys, picture->typical_edge);
}

static void
keep_block (Picture *picture, const LamBasinBlock *block)
{
  const LamBox *core = lam_basin_block_get_core (block);
  const uint32_t *finest = lam_basin_block_get_finest (block);
  int64_t at[3], i = 0;
  for (at[2] = core->min[2]; at[2] < core->max[2]; at[2]++)
    for (at[1] = core->min[1]; at[1] < core->max[1]; at[1]++)
      for (at[0] = core->min[0]; at[0] < core->max[0]; at[0]++, i++)
        for (int k = 0; k < LAM_BASIN_N_SIZES; k++)
          picture->basins[k][index_at (picture, at)] =
              lam_basin_block_get_names (block, k)[finest[i]];
}

static void
make_basins (Picture *picture)
{
  const int64_t n = picture->size[0] * picture->size[1] * picture->size[2];
  g_autoptr (GArray) ms = g_array_new (false, false, sizeof (double));
  double voxels = 0, copy_ms = 0;
  find_typical_edge (picture);
  for (int k = 0; k < LAM_BASIN_N_SIZES; k++)
    picture->basins[k] = g_new0 (uint64_t, n);
  int64_t at[3];
  for (at[2] = 0; at[2] < picture->size[2];) {
    LamBasinPlace place = { 0 };
    for (at[1] = 0; at[1] < picture->size[1]; at[1] = place.core.max[1])
      for (at[0] = 0; at[0] < picture->size[0]; at[0] = place.core.max[0]) {
        place =
            lam_basin_place (&picture->kind, picture->size, picture->nm, at);
        const int64_t start = g_get_monotonic_time ();
        g_autoptr (LamBasinBlock) block = make_block (picture, &place);
        double took = (double)(g_get_monotonic_time () - start) / 1000;
        g_array_append_val (ms, took);
        voxels = fmax (voxels, (double)lam_box_volume (&place.around));
        keep_block (picture, block);
      }
    at[2] = place.core.max[2];
  }
  g_autofree float *a = g_new0 (float, (gsize)voxels),
                   *b = g_new (float, (gsize)voxels);
  const int64_t start = g_get_monotonic_time ();
  for (int i = 0; i < 20; i++) {
    memcpy (b, a, (size_t)voxels * sizeof *a);
    a[i] = b[2 * i] + 1;
  }
  copy_ms = (double)(g_get_monotonic_time () - start) / 20000;
  qsort (ms->data, ms->len, sizeof (double), compare);
  const double median = g_array_index (ms, double, ms->len / 2);
  printf ("supervoxel, %s: a block of %.0f kvoxel with its margin: %.0f ms, "
          "%.1f Mvoxel/s; %.0f times a copy of its greys\n",
      picture->name, voxels / 1000, median, voxels / median / 1000,
      median / copy_ms);
}

/* --- persons -------------------------------------------------------------- */

static double
get_iou (int64_t both, int64_t painted, int64_t object)
{
  return (double)both / (double)(painted + object - both);
}

/* What a person gets with one size. */
typedef struct {
  double iou[MAX_CLICKS]; /* after the first click, the second, … */
  int n; /* to reach what is wanted; MAX_CLICKS + 1: never */
} Course;

static void
course_add (Course *course, int click, double iou)
{
  for (int i = click; i < MAX_CLICKS; i++)
    course->iou[i] = iou;
  if (iou >= WANTED && course->n > click + 1)
    course->n = click + 1;
}

/* Fewer clicks, else the better end. */
static bool
is_better (const Course *a, const Course *b)
{
  return a->n != b->n ? a->n < b->n
                      : a->iou[MAX_CLICKS - 1] > b->iou[MAX_CLICKS - 1];
}

/* What painting a voxel is worth, summed up along rows, so that a dab is worth
 * the difference of two sums a row. */
static void
sum_up_worth (const Person *person, int32_t *sums)
{
  const int64_t *size = person->size;
  for (int64_t row = 0; row < size[1] * size[2]; row++) {
    int32_t sum = 0;
    for (int64_t x = 0; x < size[0]; x++) {
      const int64_t i = row * size[0] + x;
      sum += person->painted[i] ? 0 : person->object[i] ? 1 : -1;
      sums[row * (size[0] + 1) + x + 1] = sum;
    }
    sums[row * (size[0] + 1)] = 0;
  }
}

/* Half the width of a dab's row; -1: it has none there. */
static int64_t
get_half (const Person *person, double radius_nm, int64_t dy, int64_t dz)
{
  const double *nm = person->picture->nm;
  const double y = (double)dy * nm[1], z = (double)dz * nm[2];
  const double rest = radius_nm * radius_nm - y * y - z * z;
  return rest < 0 ? -1 : (int64_t)floor (sqrt (rest) / nm[0]);
}

static int64_t
get_worth (const Person *person, const int32_t *sums, double radius_nm,
    const int64_t reach[3], const int64_t at[3])
{
  const int64_t *size = person->size;
  int64_t worth = 0;
  for (int64_t z = MAX (at[2] - reach[2], 0);
       z <= MIN (at[2] + reach[2], size[2] - 1); z++)
    for (int64_t y = MAX (at[1] - reach[1], 0);
         y <= MIN (at[1] + reach[1], size[1] - 1); y++) {
      const int64_t half = get_half (person, radius_nm, y - at[1], z - at[2]);
      const int32_t *row = sums + (y + size[1] * z) * (size[0] + 1);
      if (half >= 0)
        worth +=
            row[MIN (at[0] + half + 1, size[0])] - row[MAX (at[0] - half, 0)];
    }
  return worth;
}

static void
paint (Person *person, double radius_nm, const int64_t reach[3],
    const int64_t at[3])
{
  const int64_t *size = person->size;
  for (int64_t z = MAX (at[2] - reach[2], 0);
       z <= MIN (at[2] + reach[2], size[2] - 1); z++)
    for (int64_t y = MAX (at[1] - reach[1], 0);
         y <= MIN (at[1] + reach[1], size[1] - 1); y++) {
      const int64_t half = get_half (person, radius_nm, y - at[1], z - at[2]);
      for (int64_t x = MAX (at[0] - half, 0);
           half >= 0 && x <= MIN (at[0] + half, size[0] - 1); x++)
        person->painted[x + size[0] * (y + size[1] * z)] = true;
    }
}

static double
find_iou (const Person *person)
{
  int64_t both = 0, painted = 0;
  for (int64_t i = 0; i < person->n; i++) {
    painted += person->painted[i];
    both += person->painted[i] && person->object[i];
  }
  return get_iou (both, painted, person->n_object);
}

/* Places are tried a quarter of the radius apart. */
static Course
try_radius (Person *person, double radius_nm)
{
  Course course = { .n = MAX_CLICKS + 1 };
  g_autofree int32_t *sums =
      g_new (int32_t, person->n + person->size[1] * person->size[2]);
  int64_t reach[3], step[3];
  for (int a = 0; a < 3; a++) {
    reach[a] = (int64_t)floor (radius_nm / person->picture->nm[a]);
    step[a] = MAX (reach[a] / 4, 1);
  }
  memset (person->painted, 0, (size_t)person->n);
  for (int click = 0; click < MAX_CLICKS && course.n > MAX_CLICKS; click++) {
    int64_t most = 0, best[3] = { 0 }, at[3];
    sum_up_worth (person, sums);
    for (at[2] = 0; at[2] < person->size[2]; at[2] += step[2])
      for (at[1] = 0; at[1] < person->size[1]; at[1] += step[1])
        for (at[0] = 0; at[0] < person->size[0]; at[0] += step[0]) {
          if (!person->object[at[0]
                  + person->size[0] * (at[1] + person->size[1] * at[2])])
            continue;
          const int64_t worth = get_worth (person, sums, radius_nm, reach, at);
          if (worth <= most)
            continue;
          most = worth;
          memcpy (best, at, sizeof best);
        }
    if (most == 0)
      break;
    paint (person, radius_nm, reach, best);
    course_add (&course, click, find_iou (person));
  }
  return course;
}

static Course
try_brush (Person *person)
{
  Course best = { .n = MAX_CLICKS + 1 };
  const double *nm = person->picture->nm;
  for (double radius = 2; radius < 50; radius *= 1.4) {
    const Course course = try_radius (person, radius * nm[0]);
    if (is_better (&course, &best))
      best = course;
  }
  return best;
}

typedef struct {
  int64_t n, n_inside;
} Basin;

static int
compare_gain (gconstpointer a, gconstpointer b)
{
  const Basin *x = a, *y = b;
  const int64_t gain_x = 2 * x->n_inside - x->n,
                gain_y = 2 * y->n_inside - y->n;
  return (gain_x < gain_y) - (gain_x > gain_y);
}

static GArray *
list_basins (const Person *person, int size)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GArray *basins = g_array_new (false, true, sizeof (Basin));
  const LamBox *box = &person->box;
  int64_t at[3], i = 0;
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++, i++) {
        const uint64_t name =
            person->picture->basins[size][index_at (person->picture, at)];
        gpointer found = g_hash_table_lookup (seen, &name);
        if (!found) {
          g_array_set_size (basins, basins->len + 1);
          found = GUINT_TO_POINTER (basins->len);
          g_hash_table_insert (seen, g_memdup2 (&name, sizeof name), found);
        }
        Basin *basin =
            &g_array_index (basins, Basin, GPOINTER_TO_UINT (found) - 1);
        basin->n++;
        basin->n_inside += person->object[i];
      }
  g_array_sort (basins, compare_gain);
  return basins;
}

static Course
try_size (const Person *person, int size)
{
  Course course = { .n = MAX_CLICKS + 1 };
  g_autoptr (GArray) basins = list_basins (person, size);
  int64_t both = 0, painted = 0;
  for (guint j = 0; j < basins->len && j < MAX_CLICKS; j++) {
    const Basin *basin = &g_array_index (basins, Basin, j);
    if (2 * basin->n_inside <= basin->n)
      break;
    both += basin->n_inside;
    painted += basin->n;
    course_add (&course, (int)j, get_iou (both, painted, person->n_object));
  }
  return course;
}

typedef struct {
  Course plain[MAX_OBJECTS], basins[MAX_OBJECTS];
  int n;
  int best_size[LAM_BASIN_N_SIZES];
} Table;

static void
try_object (Person *person, Table *table)
{
  Course best = { .n = MAX_CLICKS + 1 };
  int best_size = 0;
  for (int size = 0; size < LAM_BASIN_N_SIZES; size++) {
    const Course course = try_size (person, size);
    if (!is_better (&course, &best))
      continue;
    best = course;
    best_size = size;
  }
  table->best_size[best_size]++;
  table->basins[table->n] = best;
  table->plain[table->n++] = try_brush (person);
}

/* --- data ----------------------------------------------------------------- */

/* One object by plain flooding, along the axes of the kind. */
static LamBox
flood (const Picture *picture, uint32_t *objects, uint32_t object,
    int64_t first, GArray *stack, int64_t *count)
{
  const int64_t *size = picture->size;
  LamBox box = { 0 };
  objects[first] = object;
  g_array_append_val (stack, first);
  while (stack->len > 0) {
    const int64_t at = g_array_index (stack, int64_t, stack->len - 1);
    const int64_t v[3] = { at % size[0], at / size[0] % size[1],
      at / size[0] / size[1] };
    LamBox one = lam_box_new (v[0], v[1], v[2], v[0] + 1, v[1] + 1, v[2] + 1);
    g_array_set_size (stack, stack->len - 1);
    box = lam_box_unite (&box, &one);
    ++*count;
    for (int way = 0; way < (picture->kind.in_space ? 6 : 4); way++) {
      int64_t next[3] = { v[0], v[1], v[2] };
      next[way / 2] += way % 2 ? 1 : -1;
      if (next[way / 2] < 0 || next[way / 2] >= size[way / 2])
        continue;
      const int64_t to = index_at (picture, next);
      if (!picture->truth[to] || objects[to])
        continue;
      objects[to] = object;
      g_array_append_val (stack, to);
    }
  }
  return box;
}

static void
try_box (const Picture *picture, const uint32_t *objects, uint32_t object,
    const LamBox *extent, Table *table)
{
  Person person = { .picture = picture, .box = *extent };
  LamBox all = lam_box_of_size (picture->size);
  for (int a = 0; a < (picture->kind.in_space ? 3 : 2); a++) {
    const int64_t room = (int64_t)ceil (150 / picture->nm[a]);
    person.box.min[a] -= room;
    person.box.max[a] += room;
  }
  person.box = lam_box_intersect (&person.box, &all);
  for (int a = 0; a < 3; a++)
    person.size[a] = person.box.max[a] - person.box.min[a];
  person.n = lam_box_volume (&person.box);
  person.object = g_new (bool, person.n);
  person.painted = g_new (bool, person.n);
  int64_t at[3], i = 0;
  const LamBox *box = &person.box;
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++, i++) {
        person.object[i] = objects[index_at (picture, at)] == object;
        person.n_object += person.object[i];
      }
  try_object (&person, table);
  g_free (person.object);
  g_free (person.painted);
}

/* Of all objects, after so many clicks. */
static double
find_median (const Course *courses, int n, int clicks)
{
  double values[MAX_OBJECTS];
  for (int i = 0; i < n; i++)
    values[i] = courses[i].iou[clicks - 1];
  qsort (values, (size_t)n, sizeof (double), compare);
  return values[n / 2];
}

static void
print_person (const char *name, const Course *courses, int n)
{
  int n_reached = 0;
  double clicks[MAX_OBJECTS];
  for (int i = 0; i < n; i++) {
    n_reached += courses[i].n <= MAX_CLICKS;
    clicks[i] = courses[i].n;
  }
  qsort (clicks, (size_t)n, sizeof (double), compare);
  printf ("  %s: IoU", name);
  for (int k = 1; k <= 32; k *= 2)
    printf (" %.3f", find_median (courses, n, k));
  printf (" after 1, 2, 4, … 32 clicks; %.1f reached by %d, median of all %.0f "
          "clicks\n",
      WANTED, n_reached, clicks[n / 2]);
}

static void
print_table (const Picture *picture, const Table *table)
{
  double ratios[MAX_OBJECTS];
  int n = 0;
  for (int i = 0; i < table->n; i++)
    if (table->plain[i].n <= MAX_CLICKS && table->basins[i].n <= MAX_CLICKS)
      ratios[n++] = (double)table->plain[i].n / table->basins[i].n;
  qsort (ratios, (size_t)n, sizeof (double), compare);
  printf ("supervoxel, %s, %d objects:\n", picture->name, table->n);
  print_person ("basins", table->basins, table->n);
  print_person ("plain brush", table->plain, table->n);
  if (n > 0)
    printf ("  clicks to %.1f of the plain brush to those of basins: %.2f "
            "(median of %d objects that both reach)\n",
        WANTED, ratios[n / 2], n);
  printf ("  objects by the size of basins that is best, from %.0f nm on:",
      lam_basin_width_nm (0, picture->nm));
  for (int i = 0; i < LAM_BASIN_N_SIZES; i++)
    printf (" %d", table->best_size[i]);
  printf ("\n");
}

static void
try_picture (Picture *picture)
{
  const int64_t n = picture->size[0] * picture->size[1] * picture->size[2];
  g_autoptr (GArray) stack = g_array_new (false, false, sizeof (int64_t));
  g_autofree uint32_t *objects = g_new0 (uint32_t, n);
  g_autofree Table *table = g_new0 (Table, 1);
  uint32_t object = 0;
  make_basins (picture);
  for (int64_t i = 0; i < n && table->n < MAX_OBJECTS; i++) {
    int64_t count = 0;
    if (!picture->truth[i] || objects[i])
      continue;
    const LamBox box = flood (picture, objects, ++object, i, stack, &count);
    if (count >= MIN_VOXELS)
      try_box (picture, objects, object, &box, table);
  }
  if (table->n > 0)
    print_table (picture, table);
  for (int k = 0; k < LAM_BASIN_N_SIZES; k++)
    g_free (picture->basins[k]);
}

static void
read_all (
    const char *folder, const char *name, const int64_t size[3], float *out)
{
  GError *error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, &error);
  if (error)
    g_error ("%s", error->message);
  g_autoptr (LamVolume) volume = lam_volume_new (source, NULL);
  LamBox box = lam_box_of_size (size);
  const int64_t n = lam_box_volume (&box);
  g_autofree uint8_t *bytes = g_new (uint8_t, n);
  g_assert (lam_volume_get_dtype (volume) == LAM_DTYPE_U8);
  lam_volume_read_box (volume, 0, &box, bytes, NULL, &error);
  if (error)
    g_error ("%s", error->message);
  for (int64_t i = 0; i < n; i++)
    out[i] = bytes[i];
}

static void
try_data (const char *folder, const char *image, const char *truth, int class,
    Picture picture)
{
  g_autofree char *path = g_build_filename (folder, image, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    printf ("supervoxel, %s: skipped, it is not here\n", picture.name);
    return;
  }
  const int64_t n = picture.size[0] * picture.size[1] * picture.size[2];
  g_autofree float *greys = g_new (float, n), *labels = g_new (float, n);
  g_autofree uint8_t *is_class = g_new (uint8_t, n);
  read_all (folder, image, picture.size, greys);
  read_all (folder, truth, picture.size, labels);
  for (int64_t i = 0; i < n; i++)
    is_class[i] = (int)labels[i] == class;
  picture.greys = greys;
  picture.truth = is_class;
  try_picture (&picture);
}

int
main (int argc, char **argv)
{
  setvbuf (stdout, NULL, _IOLBF, 0);
  const char *folder = argc > 1 ? argv[1] : g_getenv ("LAM_TEST_DATA");
  folder = folder ? folder : "";
  try_data (folder, "vnc/raw.tif", "vnc/classes.tif", 4,
      (Picture){ .name = "vnc in slices",
          .size = { 1024, 1024, 3 },
          .nm = { 4.6, 4.6, 45 } });
  try_data (folder, "lucchi/train-image.tif", "lucchi/train-mito.tif", 1,
      (Picture){ .name = "lucchi in slices",
          .size = { 1024, 768, 2 },
          .nm = { 5, 5, 5 } });
  try_data (folder, "lucchi/train-image.tif", "lucchi/train-mito.tif", 1,
      (Picture){ .name = "lucchi in space",
          .size = { 320, 320, 80 },
          .nm = { 5, 5, 5 },
          .kind = { .in_space = true } });
  return 0;
}
