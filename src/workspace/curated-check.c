/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Believes nothing: each file against its hash, each array against its item,
 * each class against the table, each distance against the boxes. A manifest
 * that cannot be read ends it; all else is noted, and it goes on. */
#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "workspace/curated-private.h"

/* More from one array would say nothing new. */
#define MAX_PROBLEMS 200
#define SLAB_VOXELS (INT64_C (4) << 20)

typedef struct {
  const char *folder;
  JsonObject *manifest; /* Borrowed */
  const LamArrayFormat *format;
  GPtrArray *problems; /* Borrowed */
  LamProgress *progress; /* Borrowed */
  GHashTable *classes; /* Owned; id + 1 → has instances + 1 */
  int64_t guard[3];
} Check;

G_GNUC_PRINTF (2, 3)
static void
complain (Check *check, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (check->problems->len < MAX_PROBLEMS)
    g_ptr_array_add (check->problems, text);
  else
    g_free (text);
}

/* ---- Reading the manifest ------------------------------------------------ */

static JsonNode *
get_node (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;
  return node && json_node_get_node_type (node) == type ? node : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = get_node (object, name, JSON_NODE_VALUE);
  const char *text = node && json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_get_string (node)
      : NULL;
  return text ? text : "";
}

static int64_t
get_integer (JsonObject *object, const char *name, int64_t otherwise)
{
  JsonNode *node = get_node (object, name, JSON_NODE_VALUE);
  return node && json_node_get_value_type (node) == G_TYPE_INT64
      ? json_node_get_int (node)
      : otherwise;
}

static bool
get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = get_node (object, name, JSON_NODE_VALUE);
  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN
      && json_node_get_boolean (node);
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = get_node (object, name, JSON_NODE_ARRAY);
  return node ? json_node_get_array (node) : NULL;
}

static guint
get_length (JsonArray *array)
{
  return array ? json_array_get_length (array) : 0;
}

/* NULL where it is no object. */
static JsonObject *
get_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* x, y, z of z, y, x. */
static bool
get_triple (JsonObject *object, const char *name, int64_t value[3])
{
  JsonArray *array = get_array (object, name);
  if (get_length (array) != 3)
    return false;
  for (guint a = 0; a < 3; a++) {
    JsonNode *node = json_array_get_element (array, 2 - a);
    if (!JSON_NODE_HOLDS_VALUE (node)
        || json_node_get_value_type (node) != G_TYPE_INT64)
      return false;
    value[a] = json_node_get_int (node);
    if (value[a] < -INT32_MAX || value[a] > INT32_MAX)
      return false;
  }
  return true;
}

static bool
get_box (JsonObject *object, LamBox *box)
{
  int64_t size[3];
  if (!get_triple (object, "offset", box->min)
      || !get_triple (object, "size", size))
    return false;
  for (int a = 0; a < 3; a++) {
    box->max[a] = box->min[a] + size[a];
    if (box->min[a] < 0 || size[a] < 1)
      return false;
  }
  return true;
}

/* A name in the folder, and nothing else. */
static bool
is_inside (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  if (!*path || g_path_is_absolute (path))
    return false;
  for (int i = 0; parts[i]; i++)
    if (!*parts[i] || strcmp (parts[i], "..") == 0
        || strcmp (parts[i], ".") == 0)
      return false;
  return true;
}

/* ---- Files --------------------------------------------------------------- */

static bool
check_file (Check *check, JsonObject *row, GHashTable *known)
{
  const char *name = get_text (row, "path");
  g_autoptr (GError) error = NULL;
  if (!is_inside (name)) {
    complain (check,
        _ ("The manifest lists a file “%s”, which is none in the "
           "folder"),
        name);
    return false;
  }
  g_hash_table_add (known, g_strdup (name));
  g_autofree char *path = g_build_filename (check->folder, name, NULL);
  int64_t n_bytes = 0;
  g_autofree char *hash = lam_curated_hash (path, &n_bytes, &error);
  if (!hash)
    complain (
        check, _ ("%s is missing or cannot be read: %s"), name, error->message);
  else if (n_bytes != get_integer (row, "bytes", -1))
    complain (check,
        _ ("%s has %" G_GINT64_FORMAT " bytes, and not %" G_GINT64_FORMAT),
        name, n_bytes, get_integer (row, "bytes", -1));
  else if (strcmp (hash, get_text (row, "sha256")) != 0)
    complain (check, _ ("%s was changed: its SHA-256 is %s, and not %s"), name,
        hash, get_text (row, "sha256"));
  else
    return true;
  return false;
}

static bool
check_files (Check *check, LamProgress *progress, GError **error)
{
  JsonArray *files = get_array (check->manifest, "files");
  guint n = get_length (files);
  g_autoptr (GHashTable) known =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (known, g_strdup (LAM_CURATED_MANIFEST));
  for (guint i = 0; i < n; i++) {
    check_file (check, get_element (files, i), known);
    lam_progress_set (progress, i + 1, n);
    if (!lam_progress_check (progress, error))
      return false;
  }
  if (n == 0)
    complain (check, _ ("The manifest lists no files"));
  g_autoptr (GPtrArray) found = lam_curated_list_files (check->folder);
  for (guint i = 0; i < found->len; i++)
    if (!g_hash_table_contains (known, g_ptr_array_index (found, i)))
      complain (check, _ ("%s is not in the manifest"),
          (char *)g_ptr_array_index (found, i));
  return true;
}

/* ---- Distances ----------------------------------------------------------- */

static const char *const roles[] = { "train", "validation", "test", NULL };

/* A region's box, and whether its states are as promised. */
static bool
check_region (Check *check, JsonObject *row, LamBox *box)
{
  const char *path = get_text (row, "path");
  bool only_verified =
      get_bool (json_object_get_object_member (check->manifest, "options"),
          "only_verified");
  if (!get_box (row, box)) {
    complain (check, _ ("The region %s has no box"), path);
    return false;
  }
  if (!g_strv_contains (roles, get_text (row, "role")))
    complain (check, _ ("The region %s has the role “%s”"), path,
        get_text (row, "role"));
  if (only_verified && strcmp (get_text (row, "state"), "verified") != 0)
    complain (check,
        _ ("The region %s is not verified, but “%s”, and the set is said to "
           "hold verified ones only"),
        path, get_text (row, "state"));
  return true;
}

static void
check_distances (Check *check)
{
  JsonArray *regions = get_array (check->manifest, "regions");
  guint n = get_length (regions), n_pairs = 0;
  for (guint i = 0; i < n; i++)
    for (guint j = i; j < n; j++) {
      JsonObject *one = get_element (regions, i);
      JsonObject *other = get_element (regions, j);
      LamBox a, b;
      int64_t gap[3];
      if (i == j) {
        check_region (check, one, &a);
        continue;
      }
      if (!get_box (one, &a) || !get_box (other, &b)
          || strcmp (get_text (one, "role"), get_text (other, "role")) == 0)
        continue;
      n_pairs++;
      lam_curated_get_gap (&a, &b, gap);
      if (!lam_curated_is_apart (&a, &b, check->guard))
        complain (check,
            _ ("%s and %s are %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
               ", %" G_GINT64_FORMAT " voxels apart (x, y, z), and not the "
               "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
               " of the guard band along any axis"),
            get_text (one, "path"), get_text (other, "path"), gap[0], gap[1],
            gap[2], check->guard[0], check->guard[1], check->guard[2]);
    }
  if (n == 0)
    complain (check, _ ("The manifest lists no regions"));
  guint n_listed = get_length (get_array (check->manifest, "distances"));
  if (n_listed != n_pairs)
    complain (check,
        _ ("The manifest lists %u distances of regions, and there are %u"),
        n_listed, n_pairs);
}

/* ---- Items --------------------------------------------------------------- */

/* What the voxels can be read as; the image is not looked at. */
static bool
is_possible (int array, LamDtype dtype)
{
  switch (array) {
  case LAM_CURATED_LABELS:
    return dtype == LAM_DTYPE_U8 || dtype == LAM_DTYPE_U16;
  case LAM_CURATED_INSTANCES:
    return dtype == LAM_DTYPE_U32;
  case LAM_CURATED_MASK:
    return dtype == LAM_DTYPE_U8;
  case LAM_CURATED_SOURCE:
    return dtype == LAM_DTYPE_U16;
  case LAM_CURATED_WEIGHTS:
    return dtype == LAM_DTYPE_F32;
  default:
    return true;
  }
}

static LamSource *
open_array (Check *check, JsonObject *item, int array, const LamBox *box)
{
  const char *name = lam_curated_arrays[array].name;
  const char *item_path = get_text (item, "path");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (check->folder, item_path, NULL);
  g_autoptr (LamSource) source =
      lam_array_set_read (check->format, path, name, &error);
  if (!source) {
    complain (check, "%s", error->message);
    return NULL;
  }
  const LamSourceInfo *info = lam_source_get_info (source);
  const int64_t *size = info->levels[0].size;
  for (int a = 0; a < 3; a++)
    if (size[a] != box->max[a] - box->min[a]) {
      complain (check,
          _ ("%s of %s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
             " × %" G_GINT64_FORMAT " voxels (x, y, z), which is not the size "
             "of the item"),
          name, item_path, size[0], size[1], size[2]);
      return NULL;
    }
  JsonArray *arrays = get_array (check->manifest, "arrays");
  const char *dtype = get_length (arrays) > (guint)array
      ? get_text (get_element (arrays, (guint)array), "dtype")
      : "";
  if (strcmp (dtype, lam_dtype_name (info->dtype)) != 0
      || !is_possible (array, info->dtype)) {
    complain (check, _ ("%s of %s is of %s, and not of %s"), name, item_path,
        lam_dtype_name (info->dtype), dtype);
    return NULL;
  }
  return g_steal_pointer (&source);
}

/* Numbers of a slab, wide enough for all but weights. */
static bool
read_slab (LamSource *source, const LamBox *slab, double *out, GError **error)
{
  LamDtype dtype = lam_source_get_info (source)->dtype;
  int64_t n = lam_box_volume (slab);
  g_autofree void *raw = g_malloc_n ((gsize)n, lam_dtype_bytes (dtype));
  if (!lam_source_read_box (source, 0, slab, raw, NULL, error))
    return false;
  for (int64_t i = 0; i < n; i++)
    switch (dtype) {
    case LAM_DTYPE_U8:
      out[i] = ((uint8_t *)raw)[i];
      break;
    case LAM_DTYPE_U16:
      out[i] = ((uint16_t *)raw)[i];
      break;
    case LAM_DTYPE_U32:
      out[i] = ((uint32_t *)raw)[i];
      break;
    default:
      out[i] = dtype == LAM_DTYPE_F32 ? (double)((float *)raw)[i] : 0;
    }
  return true;
}

/* What is wrong with a voxel; NULL: nothing. `v`: by array. */
static const char *
find_fault (const Check *check, const double v[LAM_CURATED_N_ARRAYS])
{
  guint class_key = (guint)v[LAM_CURATED_LABELS] + 1;
  guint kind = GPOINTER_TO_UINT (
      g_hash_table_lookup (check->classes, GUINT_TO_POINTER (class_key)));
  double mask = v[LAM_CURATED_MASK], weight = v[LAM_CURATED_WEIGHTS];
  if (mask != 0 && mask != 1)
    return _ ("the mask is neither 0 nor 1");
  if (kind == 0)
    return _ ("the class is not in the table");
  if (v[LAM_CURATED_INSTANCES] > 0 && kind != 2)
    return _ ("there is an object of a class that has none");
  if (mask == 0
      && (v[LAM_CURATED_LABELS] != 0 || v[LAM_CURATED_INSTANCES] != 0))
    return _ ("something is said where the mask is 0");
  if (!isfinite (weight) || weight < 0 || (mask == 0 && weight != 0))
    return _ ("the weight is not a number of at least 0, or not 0 where the "
              "mask is");
  if (v[LAM_CURATED_SOURCE] > LAM_SOURCE_ACCEPTED
      && v[LAM_CURATED_SOURCE] < LAM_SOURCE_FIRST_RUN)
    return _ ("the source is none of 0 to 3 nor from 16 on");
  return NULL;
}

typedef struct {
  JsonObject *item;
  LamSource *arrays[LAM_CURATED_N_ARRAYS]; /* Owned */
  double *values[LAM_CURATED_N_ARRAYS]; /* Owned */
} Item;

static void
item_clear (Item *item)
{
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++) {
    g_clear_pointer (&item->arrays[i], lam_source_unref);
    g_clear_pointer (&item->values[i], g_free);
  }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Item, item_clear)

/* False after the first fault: one says enough. */
static bool
check_slab (Check *check, Item *item, const LamBox *slab)
{
  int64_t n = lam_box_volume (slab);
  int64_t w = slab->max[0] - slab->min[0], h = slab->max[1] - slab->min[1];
  g_autoptr (GError) error = NULL;
  for (int i = LAM_CURATED_LABELS; i < LAM_CURATED_N_ARRAYS; i++)
    if (!read_slab (item->arrays[i], slab, item->values[i], &error)) {
      complain (check, "%s", error->message);
      return false;
    }
  for (int64_t k = 0; k < n; k++) {
    double v[LAM_CURATED_N_ARRAYS] = { 0 };
    for (int i = LAM_CURATED_LABELS; i < LAM_CURATED_N_ARRAYS; i++)
      v[i] = item->values[i][k];
    const char *fault = find_fault (check, v);
    if (!fault)
      continue;
    complain (check,
        _ ("%s, at %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
           ", %" G_GINT64_FORMAT " (x, y, z): %s"),
        get_text (item->item, "path"), k % w, k / w % h,
        slab->min[2] + k / w / h, fault);
    return false;
  }
  return true;
}

static void
check_voxels (Check *check, Item *item, const LamBox *box)
{
  LamBox slab = { { 0 },
    { box->max[0] - box->min[0], box->max[1] - box->min[1], 0 } };
  int64_t depth = box->max[2] - box->min[2];
  int64_t page = slab.max[0] * slab.max[1];
  int64_t step = CLAMP (SLAB_VOXELS / page, 1, depth);
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++) {
    item->values[i] = g_try_new (double, (gsize)(page * step));
    if (!item->values[i]) {
      complain (check, _ ("There is no memory for a plane of %s"),
          get_text (item->item, "path"));
      return;
    }
  }
  for (int64_t z = 0; z < depth; z += step) {
    slab.min[2] = z;
    slab.max[2] = MIN (z + step, depth);
    if (!check_slab (check, item, &slab)
        || !lam_progress_check (check->progress, NULL))
      return;
  }
}

/* The item lies in a region of its role. */
static void
check_place (Check *check, JsonObject *row, const LamBox *box)
{
  JsonArray *regions = get_array (check->manifest, "regions");
  for (guint i = 0; i < get_length (regions); i++) {
    JsonObject *region = get_element (regions, i);
    LamBox around;
    if (get_integer (region, "id", 0) != get_integer (row, "region", -1)
        || !get_box (region, &around))
      continue;
    LamBox inside = lam_box_intersect (box, &around);
    if (lam_box_equal (&inside, box)
        && strcmp (get_text (region, "role"), get_text (row, "role")) == 0)
      return;
  }
  complain (check, _ ("%s does not lie in its region, or has another role"),
      get_text (row, "path"));
}

static void
check_item (Check *check, JsonObject *row)
{
  g_auto (Item) item = { .item = row };
  LamBox box;
  if (!is_inside (get_text (row, "path")) || !get_box (row, &box)) {
    complain (check, _ ("The item “%s” has no place in the folder, or no box"),
        get_text (row, "path"));
    return;
  }
  check_place (check, row, &box);
  bool all = true;
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++) {
    item.arrays[i] = open_array (check, row, i, &box);
    all = all && item.arrays[i];
  }
  if (all)
    check_voxels (check, &item, &box);
}

static bool
check_items (Check *check, int *n_items, LamProgress *progress, GError **error)
{
  JsonArray *items = get_array (check->manifest, "items");
  guint n = get_length (items);
  *n_items = (int)n;
  for (guint i = 0; i < n; i++) {
    check_item (check, get_element (items, i));
    lam_progress_set (progress, i + 1, n);
    if (!lam_progress_check (progress, error))
      return false;
  }
  if (n == 0)
    complain (check, _ ("The manifest lists no items"));
  return true;
}

/* ---- The whole ----------------------------------------------------------- */

static void
read_classes (Check *check)
{
  JsonArray *classes = get_array (check->manifest, "classes");
  check->classes = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < get_length (classes); i++) {
    JsonObject *row = get_element (classes, i);
    int64_t id = get_integer (row, "id", -1);
    guint kind = get_bool (row, "has_instances") ? 2 : 1;
    if (id < 0 || id >= LAM_CURATED_MAX_CLASSES || !*get_text (row, "name"))
      complain (
          check, _ ("The manifest's class %u has no number or no name"), i);
    else
      g_hash_table_insert (check->classes, GUINT_TO_POINTER ((guint)id + 1),
          GUINT_TO_POINTER (kind));
  }
}

static bool
read_head (Check *check, GError **error)
{
  JsonNode *options = get_node (check->manifest, "options", JSON_NODE_OBJECT);
  JsonObject *said = options ? json_node_get_object (options) : NULL;
  const char *format = get_text (said, "format");
  int64_t version = get_integer (check->manifest, "version", 0);
  check->format = lam_array_format_find (format);
  if (strcmp (get_text (check->manifest, "what"), "Lamella training set") != 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s/%s is not that of a training set"), check->folder,
        LAM_CURATED_MANIFEST);
  else if (version != LAM_CURATED_VERSION)
    g_set_error (error, LAM_ERROR, LAM_ERROR_NEWER,
        _ ("%s/%s is of version %" G_GINT64_FORMAT
           ": this program knows version %d"),
        check->folder, LAM_CURATED_MANIFEST, version, LAM_CURATED_VERSION);
  else if (!check->format || !get_triple (said, "guard", check->guard))
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s/%s says no format (“%s”) or no guard band"), check->folder,
        LAM_CURATED_MANIFEST, format);
  else
    return true;
  return false;
}

static bool
load (const char *folder, JsonParser *parser, GError **error)
{
  g_autofree char *path = g_build_filename (folder, LAM_CURATED_MANIFEST, NULL);
  GError *problem = NULL;
  if (!json_parser_load_from_file (parser, path, &problem)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s cannot be read as JSON: %s"), path, problem->message);
    g_error_free (problem);
    return false;
  }
  JsonNode *root = json_parser_get_root (parser);
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    return true;
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_FORMAT, _ ("%s holds no object"), path);
  return false;
}

bool
lam_curated_check (const char *path, GPtrArray *problems, int *n_items,
    LamProgress *progress, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  if (!load (path, parser, error))
    return false;
  Check check = { .folder = path,
    .manifest = json_node_get_object (json_parser_get_root (parser)),
    .problems = problems,
    .progress = progress };
  if (!read_head (&check, error))
    return false;
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  read_classes (&check);
  check_distances (&check);
  bool done = check_files (&check, first, error)
      && check_items (&check, n_items, second, error);
  g_hash_table_unref (check.classes);
  return done;
}
