/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-smart-fill [DATA]: what smart fill makes of the mitochondria of
 * DATA/lucchi and DATA/vnc after 1, 2, 3 and 4 scribbles, as IoU with the
 * truth: the first along the object in its largest section, each next in the
 * middle of the largest error, inside or outside. Then how long it takes on a
 * made-up object in a box of 128³ voxels; 300 ms are allowed. Medians. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure-fixture.h"
#include "labels/distance-map.h"
#include "volume/format.h"
#include "volume/volume.h"

enum { N_RUNS = 7, N_SCRIBBLES = 4, N_OBJECTS = 16 };
#define MIN_VOXELS 3000

typedef struct {
  int64_t size[3];
  double nm[3];
  float *greys;
  uint8_t *truth; /* 1: of the class */
} Picture;

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

static bool
read_image (const LamBox *box, float *out, gpointer user_data, GError **error)
{
  const Picture *picture = user_data;
  int64_t at[3];
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++)
        *out++ = picture->greys[index_at (picture, at)];
  return true;
}

/* --- a person ------------------------------------------------------------- */

typedef struct {
  const Picture *picture;
  LamBox box; /* around the object */
  bool *object; /* dense, of the box */
  GArray *seeds; /* of LamFigureSeed */
  LamVoxelSet *found;
} Person;

/* The deepest voxel of a mask of one section of the box; its depth in nm². */
static float
find_deepest (const Person *person, const bool *mask, int64_t voxel[3])
{
  const LamBox *box = &person->box;
  const int64_t size[3] = { box->max[0] - box->min[0],
    box->max[1] - box->min[1], box->max[2] - box->min[2] };
  const int64_t slice = size[0] * size[1];
  const int64_t flat[3] = { size[0], size[1], 1 };
  g_autofree float *depth = g_new (float, slice);
  float best = -1;
  for (int64_t z = 0; z < size[2]; z++) {
    lam_distance_map (mask + z * slice, flat, person->picture->nm, depth);
    for (int64_t i = 0; i < slice; i++)
      if (isfinite (depth[i]) && depth[i] > best) {
        best = depth[i];
        voxel[0] = box->min[0] + i % size[0];
        voxel[1] = box->min[1] + i / size[0];
        voxel[2] = box->min[2] + z;
      }
  }
  return best;
}

static bool
has (const Person *person, const bool *mask, const int64_t at[3])
{
  const LamBox *box = &person->box;
  return lam_box_contains (box, at)
      && mask[at[0] - box->min[0]
          + (box->max[0] - box->min[0])
              * (at[1] - box->min[1]
                  + (box->max[1] - box->min[1]) * (at[2] - box->min[2]))];
}

/* From there both ways along the longest line inside of the mask, half of it:
 * nobody draws up to the border. */
static void
scribble (Person *person, const bool *mask, const int64_t voxel[3], int side)
{
  double longest = -1, best[2] = { 1, 0 }, ends[2] = { 0 };
  for (int turn = 0; turn < 16; turn++) {
    const double u[2] = { cos (turn * G_PI / 16), sin (turn * G_PI / 16) };
    double reach[2] = { 0, 0 };
    for (int way = 0; way < 2; way++)
      for (; reach[way] < 80; reach[way]++) {
        const double r = way ? -reach[way] - 1 : reach[way] + 1;
        const int64_t at[3] = { voxel[0] + lround (r * u[0]),
          voxel[1] + lround (r * u[1]), voxel[2] };
        if (!has (person, mask, at))
          break;
      }
    if (reach[0] + reach[1] <= longest)
      continue;
    longest = reach[0] + reach[1];
    memcpy (best, u, sizeof best);
    memcpy (ends, reach, sizeof ends);
  }
  for (double r = -ends[1] * 0.6; r <= ends[0] * 0.6; r += 0.5) {
    LamFigureSeed seed = { .side = side,
      .voxel = { voxel[0] + lround (r * best[0]),
          voxel[1] + lround (r * best[1]), voxel[2] } };
    g_array_append_val (person->seeds, seed);
  }
}

static void
correct (Person *person)
{
  const int64_t n = lam_box_volume (&person->box);
  g_autofree bool *found = g_new0 (bool, n), *missed = g_new (bool, n),
                  *extra = g_new (bool, n);
  lam_voxel_set_copy_mask (person->found, &person->box, found);
  for (int64_t i = 0; i < n; i++) {
    missed[i] = person->object[i] && !found[i];
    extra[i] = !person->object[i] && found[i];
  }
  int64_t at[2][3];
  const float depth[2] = { find_deepest (person, missed, at[0]),
    find_deepest (person, extra, at[1]) };
  if (depth[0] < 0 && depth[1] < 0)
    return;
  const bool is_missed = depth[0] >= depth[1];
  scribble (
      person, is_missed ? missed : extra, at[!is_missed], is_missed ? 1 : 2);
}

static double
find_iou (const Person *person)
{
  const int64_t n = lam_box_volume (&person->box);
  g_autofree bool *found = g_new (bool, n);
  lam_voxel_set_copy_mask (person->found, &person->box, found);
  int64_t both = 0, all = lam_voxel_set_count (person->found);
  for (int64_t i = 0; i < n; i++) {
    both += found[i] && person->object[i];
    all += person->object[i] && !found[i];
  }
  return (double)both / (double)all;
}

static double
act (Person *person, const LamLabelReader *reader)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  LamFigureRequest request = { .shape = lam_figure_find ("smart-fill"),
    .label = 1,
    .in_space = true,
    .seeds = person->seeds };
  int64_t start = g_get_monotonic_time ();
  request.shape->find (&request, reader, parts, NULL, &error);
  double ms = (double)(g_get_monotonic_time () - start) / 1000;
  if (error)
    g_error ("%s", error->message);
  g_clear_pointer (&person->found, lam_voxel_set_free);
  person->found = g_steal_pointer (&((LamFigurePart *)parts->pdata[0])->set);
  ((LamFigurePart *)parts->pdata[0])->set =
      lam_voxel_set_new (person->picture->size);
  return ms;
}

/* --- data ----------------------------------------------------------------- */

/* Around one object, with room for what is found too much. */
static void
choose_object (Person *person, const uint32_t *objects, uint32_t object,
    const LamBox *extent)
{
  LamBox all = lam_box_of_size (person->picture->size);
  person->box = *extent;
  for (int a = 0; a < 3; a++) {
    int64_t room = (int64_t)ceil (250 / person->picture->nm[a]);
    person->box.min[a] -= room;
    person->box.max[a] += room;
  }
  person->box = lam_box_intersect (&person->box, &all);
  person->object = g_new (bool, lam_box_volume (&person->box));
  int64_t at[3], i = 0;
  const LamBox *box = &person->box;
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++)
        person->object[i++] = objects[index_at (person->picture, at)] == object;
}

/* The section where the object is largest, and there all along it. */
static void
begin (Person *person)
{
  const LamBox *box = &person->box;
  const int64_t slice =
      (box->max[0] - box->min[0]) * (box->max[1] - box->min[1]);
  const int64_t depth = box->max[2] - box->min[2];
  int64_t most = -1, best = 0, voxel[3];
  for (int64_t z = 0; z < depth; z++) {
    int64_t n = 0;
    for (int64_t i = 0; i < slice; i++)
      n += person->object[z * slice + i];
    if (n > most) {
      most = n;
      best = z;
    }
  }
  g_autofree bool *section = g_new0 (bool, slice *depth);
  memcpy (section + best * slice, person->object + best * slice,
      (size_t)slice * sizeof (bool));
  if (find_deepest (person, section, voxel) >= 0)
    scribble (person, section, voxel, 1);
}

typedef struct {
  double iou[N_SCRIBBLES][N_OBJECTS], ms[N_SCRIBBLES * N_OBJECTS];
  int n, n_ms;
} Table;

static void
try_object (const Picture *picture, const LamLabelReader *reader,
    const uint32_t *objects, uint32_t object, const LamBox *extent,
    Table *table)
{
  Person person = { .picture = picture,
    .seeds = g_array_new (false, false, sizeof (LamFigureSeed)) };
  choose_object (&person, objects, object, extent);
  for (int i = 0; i < N_SCRIBBLES; i++) {
    if (i == 0)
      begin (&person);
    else
      correct (&person);
    table->ms[table->n_ms++] = act (&person, reader);
    table->iou[i][table->n] = find_iou (&person);
  }
  table->n++;
  g_array_unref (person.seeds);
  g_free (person.object);
  lam_voxel_set_free (person.found);
}

enum { MAX_OBJECTS = 100000 };

typedef struct {
  const Picture *picture;
  uint32_t *objects; /* Owned, and so are … */
  LamBox *extents; /* … of each object, from 1 … */
  int64_t *counts; /* … in voxels */
  uint32_t n;
} Objects;

/* One object, by plain flooding; nothing to hurry about here. */
static void
flood (Objects *objects, int64_t first, GArray *stack)
{
  const int64_t *size = objects->picture->size;
  const uint32_t object = ++objects->n;
  objects->objects[first] = object;
  g_array_append_val (stack, first);
  while (stack->len > 0) {
    const int64_t at = g_array_index (stack, int64_t, stack->len - 1);
    const int64_t v[3] = { at % size[0], at / size[0] % size[1],
      at / size[0] / size[1] };
    LamBox one = lam_box_new (v[0], v[1], v[2], v[0] + 1, v[1] + 1, v[2] + 1);
    g_array_set_size (stack, stack->len - 1);
    objects->extents[object] = lam_box_unite (&objects->extents[object], &one);
    objects->counts[object]++;
    for (int way = 0; way < 6; way++) {
      int64_t next[3] = { v[0], v[1], v[2] };
      next[way / 2] += way % 2 ? 1 : -1;
      if (next[way / 2] < 0 || next[way / 2] >= size[way / 2])
        continue;
      const int64_t to = index_at (objects->picture, next);
      if (!objects->picture->truth[to] || objects->objects[to])
        continue;
      objects->objects[to] = object;
      g_array_append_val (stack, to);
    }
  }
}

static void
find_objects (Objects *objects)
{
  const int64_t *size = objects->picture->size;
  const int64_t n = size[0] * size[1] * size[2];
  g_autoptr (GArray) stack = g_array_new (false, false, sizeof (int64_t));
  objects->objects = g_new0 (uint32_t, n);
  objects->extents = g_new0 (LamBox, MAX_OBJECTS + 1);
  objects->counts = g_new0 (int64_t, MAX_OBJECTS + 1);
  for (int64_t i = 0; i < n && objects->n < MAX_OBJECTS; i++)
    if (objects->picture->truth[i] && !objects->objects[i])
      flood (objects, i, stack);
}

static void
print_table (const char *name, Table *table)
{
  printf ("smart fill, %s, %d objects: IoU", name, table->n);
  for (int i = 0; i < N_SCRIBBLES; i++) {
    double mean = 0;
    qsort (table->iou[i], (size_t)table->n, sizeof (double), compare);
    for (int j = 0; j < table->n; j++)
      mean += table->iou[i][j] / table->n;
    printf (
        "%s %.3f (mean %.3f)", i ? "," : "", table->iou[i][table->n / 2], mean);
  }
  qsort (table->ms, (size_t)table->n_ms, sizeof (double), compare);
  printf (" after 1 to 4 scribbles; %.0f ms each, at most %.0f\n",
      table->ms[table->n_ms / 2], table->ms[table->n_ms - 1]);
}

static void
try_picture (const char *name, const Picture *picture)
{
  FigureVolume volume;
  Table table = { 0 };
  Objects objects = { .picture = picture };
  figure_volume_init (&volume, 1, 1, 1);
  memcpy (volume.reader.size, picture->size, sizeof picture->size);
  memcpy (volume.reader.voxel_size_nm, picture->nm, sizeof picture->nm);
  volume.reader.read_image = read_image;
  volume.reader.image_data = (gpointer)picture;
  find_objects (&objects);
  for (uint32_t i = 1; i <= objects.n && table.n < N_OBJECTS; i++)
    if (objects.counts[i] >= MIN_VOXELS)
      try_object (picture, &volume.reader, objects.objects, i,
          &objects.extents[i], &table);
  if (table.n > 0)
    print_table (name, &table);
  g_free (objects.objects);
  g_free (objects.extents);
  g_free (objects.counts);
  figure_volume_clear (&volume);
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
  int64_t n = lam_box_volume (&box);
  g_autofree uint8_t *bytes = g_new (uint8_t, n);
  g_assert (lam_volume_get_dtype (volume) == LAM_DTYPE_U8);
  lam_volume_read_box (volume, 0, &box, bytes, NULL, &error);
  if (error)
    g_error ("%s", error->message);
  for (int64_t i = 0; i < n; i++)
    out[i] = bytes[i];
}

static void
try_data (const char *folder, const char *name, const char *image,
    const char *truth, int class, Picture picture)
{
  g_autofree char *path = g_build_filename (folder, image, NULL);
  if (!folder || !g_file_test (path, G_FILE_TEST_EXISTS)) {
    printf ("smart fill, %s: skipped, it is not here\n", name);
    return;
  }
  int64_t n = picture.size[0] * picture.size[1] * picture.size[2];
  g_autofree float *greys = g_new (float, n), *labels = g_new (float, n);
  g_autofree uint8_t *is_class = g_new (uint8_t, n);
  read_all (folder, image, picture.size, greys);
  read_all (folder, truth, picture.size, labels);
  for (int64_t i = 0; i < n; i++)
    is_class[i] = (int)labels[i] == class;
  picture.greys = greys;
  picture.truth = is_class;
  try_picture (name, &picture);
}

/* --- time ----------------------------------------------------------------- */

enum { EDGE = 128 };

/* A ball in the middle, darker, in a membrane that is darker still. */
static void
time_ball (void)
{
  Picture picture = { .size = { EDGE, EDGE, EDGE }, .nm = { 5, 5, 5 } };
  g_autofree float *greys = g_new (float, EDGE *EDGE *EDGE);
  uint32_t noise = 1;
  for (int i = 0; i < EDGE * EDGE * EDGE; i++) {
    double x = i % EDGE - 64, y = i / EDGE % EDGE - 64,
           z = i / EDGE / EDGE - 64;
    double r = sqrt (x * x + y * y + z * z);
    noise = noise * 1664525 + 1013904223;
    greys[i] = (float)(r < 38   ? 100
                       : r < 41 ? 40
                                : 150)
        + (float)(noise >> 24) / 8;
  }
  picture.greys = greys;
  FigureVolume volume;
  figure_volume_init (&volume, 1, 1, 1);
  memcpy (volume.reader.size, picture.size, sizeof picture.size);
  volume.reader.read_image = read_image;
  volume.reader.image_data = &picture;
  memcpy (volume.reader.voxel_size_nm, picture.nm, sizeof picture.nm);
  Person person = { .picture = &picture,
    .seeds = g_array_new (false, false, sizeof (LamFigureSeed)) };
  for (int x = 24; x < 104; x++) {
    LamFigureSeed seed = { .side = x > 30 && x < 98 ? 1 : 2,
      .voxel = { x, 64, 64 } };
    g_array_append_val (person.seeds, seed);
  }
  double ms[N_RUNS];
  for (int i = 0; i < N_RUNS; i++)
    ms[i] = act (&person, &volume.reader);
  qsort (ms, N_RUNS, sizeof *ms, compare);
  g_autofree float *copy = g_new (float, EDGE *EDGE *EDGE);
  LamBox all = lam_box_of_size (picture.size);
  int64_t start = g_get_monotonic_time ();
  read_image (&all, copy, &picture, NULL);
  double plain = (double)(g_get_monotonic_time () - start) / 1000;
  printf ("smart fill: a box of %d³ voxels: %.0f ms (300 wanted%s), %.1f times "
          "a copy of its greys; %" G_GINT64_FORMAT " voxels found of %.0f\n",
      EDGE, ms[N_RUNS / 2], ms[N_RUNS / 2] <= 300 ? "" : ": NOT REACHED",
      ms[N_RUNS / 2] / plain, lam_voxel_set_count (person.found),
      4.0 / 3 * G_PI * 38 * 38 * 38);
  lam_voxel_set_free (person.found);
  g_array_unref (person.seeds);
  figure_volume_clear (&volume);
}

int
main (int argc, char **argv)
{
  setvbuf (stdout, NULL, _IOLBF, 0);
  const char *folder = argc > 1 ? argv[1] : g_getenv ("LAM_TEST_DATA");
  time_ball ();
  try_data (folder ? folder : "", "lucchi", "lucchi/train-image.tif",
      "lucchi/train-mito.tif", 1,
      (Picture){ .size = { 512, 512, 80 }, .nm = { 5, 5, 5 } });
  try_data (folder ? folder : "", "vnc", "vnc/raw.tif", "vnc/classes.tif", 4,
      (Picture){ .size = { 768, 768, 14 }, .nm = { 4.6, 4.6, 45 } });
  return 0;
}
