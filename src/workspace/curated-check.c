/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Believes nothing that can be computed again: each file against its hashes,
 * each array against its item, each value of the manifest against the arrays
 * and boxes it is of (curated-check-plan.c). What only the manifest says is
 * held by its own hash in SHA256SUMS. A manifest that cannot be read ends it;
 * all else is noted, and it goes on. */
#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "workspace/curated-check-private.h"

#define MAX_PROBLEMS 200
/* Of voxels' sizes in nm, which TIFF keeps as fractions. */
#define SIZE_TOLERANCE 1e-5
/* The reader of TIFF files takes more for a mistake, and for unknown. */
#define MAX_READ_NM 2e4
#define HASH_LETTERS 64

void
lam_curated_complain (LamCuratedCheck *check, const char *format, ...)
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

/* ---- Files --------------------------------------------------------------- */

/* What was found of each file: its hash; "" where that was said to be wrong. */
static void
check_file (LamCuratedCheck *check, JsonObject *row, GHashTable *known)
{
  const char *name = lam_manifest_get_text (row, "path");
  int64_t n_wanted = lam_manifest_get_integer (row, "bytes", -1), n_bytes = 0;
  const char *wanted = lam_manifest_get_text (row, "sha256");
  g_autoptr (GError) error = NULL;
  if (!lam_manifest_is_inside (name)) {
    lam_curated_complain (check,
        _ ("The manifest lists a file “%s”, which is none in the "
           "folder"),
        name);
    return;
  }
  g_autofree char *path = g_build_filename (check->folder, name, NULL);
  g_autofree char *hash = lam_curated_hash (path, &n_bytes, &error);
  bool is_right = false;
  if (!hash)
    lam_curated_complain (
        check, _ ("%s is missing or cannot be read: %s"), name, error->message);
  else if (n_bytes != n_wanted)
    lam_curated_complain (check,
        _ ("%s has %" G_GINT64_FORMAT " bytes, and not %" G_GINT64_FORMAT),
        name, n_bytes, n_wanted);
  else if (strcmp (hash, wanted) != 0)
    lam_curated_complain (check,
        _ ("%s was changed: its SHA-256 is %s, and not %s"), name, hash,
        wanted);
  else
    is_right = true;
  g_hash_table_insert (known, g_strdup (name), g_strdup (is_right ? hash : ""));
}

static void
check_sum (LamCuratedCheck *check, const char *name, const char *found,
    const char *wanted)
{
  if (!*found || strcmp (found, wanted) == 0)
    return;
  if (strcmp (name, LAM_CURATED_MANIFEST) != 0)
    lam_curated_complain (check,
        _ ("%s was changed: its SHA-256 is %s, and not %s (%s)"), name, found,
        wanted, LAM_CURATED_SUMS);
  else
    lam_curated_complain (check,
        _ ("%s was changed: its SHA-256 is %s, and not %s (%s). What only it "
           "says may be wrong (program, project, volume: name, size, channel, "
           "with npy files voxel_size_nm, classes: name, colour, "
           "has_instances, regions: name, state, note, people, guard, "
           "only_verified, unlabelled_is_background, what); other values that "
           "are wrong have lines of their own"),
        name, found, wanted, LAM_CURATED_SUMS);
}

/* Lines of "HASH  NAME"; each known file has one. */
static void
check_sums (LamCuratedCheck *check, const char *text, GHashTable *known)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  for (int i = 0; lines[i]; i++) {
    char *line = lines[i];
    if (!*line && !lines[i + 1])
      break;
    const char *name = line + HASH_LETTERS + 2;
    if (strspn (line, "0123456789abcdef") != HASH_LETTERS
        || strncmp (line + HASH_LETTERS, "  ", 2) != 0) {
      lam_curated_complain (check,
          _ ("%s, line %d, is not a SHA-256 and a name"), LAM_CURATED_SUMS,
          i + 1);
      continue;
    }
    line[HASH_LETTERS] = 0;
    const char *found = g_hash_table_lookup (known, name);
    if (!found || !g_hash_table_add (said, (char *)name))
      lam_curated_complain (check,
          _ ("%s lists %s, which is not in the manifest or listed twice"),
          LAM_CURATED_SUMS, name);
    else
      check_sum (check, name, found, line);
  }
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, known);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (said, name))
      lam_curated_complain (
          check, _ ("%s is not in %s"), (char *)name, LAM_CURATED_SUMS);
}

/* Sets of version 1 have none. */
static void
check_all_sums (LamCuratedCheck *check, GHashTable *known, GPtrArray *remarks)
{
  int64_t n_bytes;
  g_autofree char *path =
      g_build_filename (check->folder, LAM_CURATED_SUMS, NULL);
  g_autofree char *manifest =
      g_build_filename (check->folder, LAM_CURATED_MANIFEST, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  char *hash = lam_curated_hash (manifest, &n_bytes, NULL);
  g_hash_table_insert (
      known, g_strdup (LAM_CURATED_MANIFEST), hash ? hash : g_strdup (""));
  if (g_file_get_contents (path, &text, NULL, &error)) {
    check_sums (check, text, known);
    g_hash_table_insert (known, g_strdup (LAM_CURATED_SUMS), g_strdup (""));
  } else if (check->version > 1) {
    lam_curated_complain (check, _ ("%s is missing or cannot be read: %s"),
        LAM_CURATED_SUMS, error->message);
  } else {
    g_ptr_array_add (remarks,
        g_strdup_printf (
            _ ("The set was written by an earlier version (%s) and has no %s: "
               "its files are checked, and all values of %s that follow from "
               "them; whether what only %s says (people, names, notes, "
               "colours, states, options, project) was changed cannot be "
               "known"),
            lam_manifest_get_text (check->manifest, "program"),
            LAM_CURATED_SUMS, LAM_CURATED_MANIFEST, LAM_CURATED_MANIFEST));
  }
}

static bool
check_files (LamCuratedCheck *check, GPtrArray *remarks, LamProgress *progress,
    GError **error)
{
  JsonArray *files = lam_manifest_get_array (check->manifest, "files");
  guint n = lam_manifest_get_length (files);
  g_autoptr (GHashTable) known =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < n; i++) {
    check_file (check, lam_manifest_get_element (files, i), known);
    lam_progress_set (progress, i + 1, n);
    if (!lam_progress_check (progress, error))
      return false;
  }
  if (n == 0)
    lam_curated_complain (check, _ ("The manifest lists no files"));
  check_all_sums (check, known, remarks);
  g_autoptr (GPtrArray) found = lam_curated_list_files (check->folder);
  for (guint i = 0; i < found->len; i++)
    if (!g_hash_table_contains (known, g_ptr_array_index (found, i)))
      lam_curated_complain (check, _ ("%s is not in the manifest"),
          (char *)g_ptr_array_index (found, i));
  return true;
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

static bool
check_size (LamCuratedCheck *check, const LamCuratedItem *item,
    const char *name, const LamSourceInfo *info)
{
  const int64_t *size = info->levels[0].size;
  for (int a = 0; a < 3; a++)
    if (size[a] != item->box.max[a] - item->box.min[a]) {
      lam_curated_complain (check,
          _ ("%s of %s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
             " × %" G_GINT64_FORMAT " voxels (x, y, z), which is not the size "
             "of the item"),
          name, item->path, size[0], size[1], size[2]);
      return false;
    }
  return true;
}

static bool
check_dtype (LamCuratedCheck *check, const LamCuratedItem *item, int array,
    const LamSourceInfo *info)
{
  JsonArray *arrays = lam_manifest_get_array (check->manifest, "arrays");
  const char *found = lam_dtype_name (info->dtype);
  const char *dtype = lam_manifest_get_length (arrays) > (guint)array
      ? lam_manifest_get_text (
          lam_manifest_get_element (arrays, (guint)array), "dtype")
      : "";
  if (strcmp (dtype, found) == 0 && is_possible (array, info->dtype))
    return true;
  lam_curated_complain (check, _ ("%s of %s is of %s, and not of %s"),
      lam_curated_arrays[array].name, item->path, found, dtype);
  return false;
}

static void
check_voxel_size (LamCuratedCheck *check, const LamCuratedItem *item,
    const char *name, const LamSourceInfo *info)
{
  const double *found = info->voxel_size_nm, *said = check->voxel_size_nm;
  bool is_same = true;
  for (int a = 0; a < 3; a++)
    is_same = is_same
        && (fabs (found[a] - said[a]) <= SIZE_TOLERANCE * said[a]
            || (found[a] == 0 && said[a] > MAX_READ_NM));
  if (is_same || !check->format->has_voxel_size || check->has_wrong_voxel_size)
    return;
  check->has_wrong_voxel_size = true;
  lam_curated_complain (check,
      _ ("volume.voxel_size_nm in the manifest is %g, %g, %g (x, y, z; 0: "
         "unknown), and %s of %s has %g, %g, %g"),
      said[0], said[1], said[2], name, item->path, found[0], found[1],
      found[2]);
}

static bool
open_array (LamCuratedCheck *check, LamCuratedItem *item, int array)
{
  const char *name = lam_curated_arrays[array].name;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (check->folder, item->path, NULL);
  g_autoptr (LamSource) source =
      lam_array_set_read (check->format, path, name, &error);
  if (!source) {
    lam_curated_complain (check, "%s", error->message);
    return false;
  }
  const LamSourceInfo *info = lam_source_get_info (source);
  if (!check_size (check, item, name, info)
      || !check_dtype (check, item, array, info))
    return false;
  check_voxel_size (check, item, name, info);
  item->arrays[array] = g_steal_pointer (&source);
  return true;
}

/* The item lies in a region of its role. */
static void
check_place (LamCuratedCheck *check, JsonObject *row, const LamBox *box)
{
  JsonArray *regions = lam_manifest_get_array (check->manifest, "regions");
  for (guint i = 0; i < lam_manifest_get_length (regions); i++) {
    JsonObject *region = lam_manifest_get_element (regions, i);
    LamBox around;
    if (lam_manifest_get_integer (region, "id", 0)
            != lam_manifest_get_integer (row, "region", -1)
        || !lam_manifest_get_box (region, "offset", "size", &around))
      continue;
    LamBox inside = lam_box_intersect (box, &around);
    if (lam_box_equal (&inside, box)
        && strcmp (lam_manifest_get_text (region, "role"),
               lam_manifest_get_text (row, "role"))
            == 0)
      return;
  }
  lam_curated_complain (check,
      _ ("%s does not lie in its region, or has another role"),
      lam_manifest_get_text (row, "path"));
}

static void
check_item (LamCuratedCheck *check, JsonObject *row, guint i)
{
  LamCuratedItem item = { .path = lam_manifest_get_text (row, "path") };
  if (!lam_manifest_is_inside (item.path)
      || !lam_manifest_get_box (row, "offset", "size", &item.box)) {
    lam_curated_complain (check,
        _ ("The item “%s” has no place in the folder, or no box"), item.path);
    check->is_counted = false;
    return;
  }
  check_place (check, row, &item.box);
  lam_curated_check_find (check, i, &item);
  bool all = true;
  for (int k = 0; k < LAM_CURATED_N_ARRAYS; k++)
    all = open_array (check, &item, k) && all;
  if (all)
    lam_curated_check_voxels (check, &item);
  else
    check->is_counted = false;
  for (int k = 0; k < LAM_CURATED_N_ARRAYS; k++)
    g_clear_pointer (&item.arrays[k], lam_source_unref);
}

static bool
check_items (
    LamCuratedCheck *check, int *n_items, LamProgress *progress, GError **error)
{
  JsonArray *items = lam_manifest_get_array (check->manifest, "items");
  guint n = lam_manifest_get_length (items);
  *n_items = (int)n;
  for (guint i = 0; i < n; i++) {
    check_item (check, lam_manifest_get_element (items, i), i);
    lam_progress_set (progress, i + 1, n);
    if (!lam_progress_check (progress, error))
      return false;
  }
  if (n == 0)
    lam_curated_complain (check, _ ("The manifest lists no items"));
  return true;
}

/* ---- The whole ----------------------------------------------------------- */

static void
read_voxel_size (LamCuratedCheck *check)
{
  JsonObject *volume = lam_manifest_get_object (check->manifest, "volume");
  JsonNode *node =
      volume ? json_object_get_member (volume, "voxel_size_nm") : NULL;
  JsonArray *sizes = lam_manifest_get_array (volume, "voxel_size_nm");
  bool can_be = sizes ? json_array_get_length (sizes) == 3
                      : node && JSON_NODE_HOLDS_NULL (node);
  for (guint a = 0; sizes && can_be && a < 3; a++) {
    JsonNode *size = json_array_get_element (sizes, 2 - a);
    double nm = JSON_NODE_HOLDS_VALUE (size) ? json_node_get_double (size) : 0;
    check->voxel_size_nm[a] = nm;
    can_be = isfinite (nm) && nm > 0;
  }
  if (!can_be)
    lam_curated_complain (check,
        _ ("volume.voxel_size_nm is neither null nor three numbers above 0"));
}

/* What has to be in each manifest, but for what is of the plan. */
static void
check_head (LamCuratedCheck *check)
{
  JsonObject *volume = lam_manifest_get_object (check->manifest, "volume");
  JsonArray *arrays = lam_manifest_get_array (check->manifest, "arrays");
  const char *dtype = lam_manifest_get_text (volume, "dtype");
  guint n = lam_manifest_get_length (arrays);
  if (strcmp (lam_manifest_get_text (check->manifest, "axes"), "zyx") != 0)
    lam_curated_complain (check, _ ("axes is “%s”, and zyx is needed"),
        lam_manifest_get_text (check->manifest, "axes"));
  if (n != LAM_CURATED_N_ARRAYS)
    lam_curated_complain (check, _ ("arrays has %u elements, and not %d"), n,
        LAM_CURATED_N_ARRAYS);
  for (guint i = 0; i < MIN (n, LAM_CURATED_N_ARRAYS); i++) {
    JsonObject *row = lam_manifest_get_element (arrays, i);
    const char *name = lam_manifest_get_text (row, "name");
    const char *type = lam_manifest_get_text (row, "dtype");
    if (strcmp (name, lam_curated_arrays[i].name) != 0)
      lam_curated_complain (check, _ ("arrays[%u].name is “%s”, and not %s"), i,
          name, lam_curated_arrays[i].name);
    if (i == LAM_CURATED_RAW && strcmp (type, dtype) != 0)
      lam_curated_complain (check,
          _ ("volume.dtype is “%s”, and that of its array “%s”"), dtype, type);
  }
  read_voxel_size (check);
}

static bool
read_head (LamCuratedCheck *check, GError **error)
{
  JsonObject *said = lam_manifest_get_object (check->manifest, "options");
  const char *format = lam_manifest_get_text (said, "format");
  int64_t version = lam_manifest_get_integer (check->manifest, "version", 0);
  LamCuratedOptions *options = &check->options;
  check->version = (int)CLAMP (version, 0, INT32_MAX);
  check->format = options->format = lam_array_format_find (format);
  options->may_be_unverified = !lam_manifest_get_bool (said, "only_verified");
  options->fills = lam_manifest_get_bool (said, "unlabelled_is_background");
  options->border.w0 = lam_manifest_get_number (said, "border_w0");
  options->border.sigma = lam_manifest_get_number (said, "border_sigma");
  if (strcmp (lam_manifest_get_text (check->manifest, "what"),
          "Lamella training set")
      != 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s/%s is not that of a training set"), check->folder,
        LAM_CURATED_MANIFEST);
  else if (version < 1 || version > LAM_CURATED_VERSION)
    g_set_error (error, LAM_ERROR, LAM_ERROR_NEWER,
        _ ("%s/%s is of version %" G_GINT64_FORMAT
           ": this program knows versions 1 to %d"),
        check->folder, LAM_CURATED_MANIFEST, version, LAM_CURATED_VERSION);
  else if (!check->format
      || !lam_manifest_get_triple (said, "guard", options->guard))
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
lam_curated_check (const char *path, GPtrArray *problems, GPtrArray *remarks,
    int *n_items, LamProgress *progress, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  if (!load (path, parser, error))
    return false;
  LamCuratedCheck check = { .folder = path,
    .manifest = json_node_get_object (json_parser_get_root (parser)),
    .problems = problems,
    .progress = progress };
  if (!read_head (&check, error))
    return false;
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  check.kinds = g_new0 (uint8_t, LAM_CURATED_MAX_CLASSES);
  check.class_weights = g_new0 (double, LAM_CURATED_MAX_CLASSES);
  check_head (&check);
  lam_curated_check_plan (&check);
  bool done = check_files (&check, remarks, first, error)
      && check_items (&check, n_items, second, error);
  if (done)
    lam_curated_check_values (&check);
  lam_curated_plan_free (check.plan);
  g_free (check.kinds);
  g_free (check.class_weights);
  return done;
}
