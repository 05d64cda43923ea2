/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The manifest. Nothing in it depends on when or where the export was made. */
#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "base/error.h"
#include "lam-config.h"
#include "workspace/curated-private.h"
#include "workspace/curated-readme.h"

#define HASH_BYTES (1 << 20)

static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, valid);
}

static void
add_integer (JsonBuilder *json, const char *name, int64_t value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

static void
add_number (JsonBuilder *json, const char *name, double value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, value);
}

static void
add_bool (JsonBuilder *json, const char *name, bool value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, value);
}

/* z, y, x of x, y, z. */
static void
add_triple (JsonBuilder *json, const char *name, const int64_t value[3])
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (int a = 2; a >= 0; a--)
    json_builder_add_int_value (json, value[a]);
  json_builder_end_array (json);
}

static void
add_size (JsonBuilder *json, const char *name, const LamBox *box)
{
  const int64_t size[3] = { box->max[0] - box->min[0],
    box->max[1] - box->min[1], box->max[2] - box->min[2] };
  add_triple (json, name, size);
}

static char *
dup_time (int64_t microseconds)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

/* The newest edit that is not undone; NULL: there is none. */
static const LamHistoryRow *
find_newest (const LamCuratedInput *input)
{
  for (guint i = 0; i < input->history->len; i++) {
    const LamHistoryRow *row = g_ptr_array_index (input->history, i);
    if (!row->undone)
      return row;
  }
  return NULL;
}

static void
add_project (JsonBuilder *json, const LamCuratedInput *input)
{
  const LamHistoryRow *newest = find_newest (input);
  json_builder_set_member_name (json, "project");
  json_builder_begin_object (json);
  add_text (json, "name", input->project_name);
  add_integer (json, "last_edit", newest ? newest->id : 0);
  g_autofree char *time = newest ? dup_time (newest->time) : g_strdup ("");
  add_text (json, "last_edit_time", time);
  add_text (json, "last_edit_by", newest ? newest->who : "");
  json_builder_end_object (json);
}

static void
add_volume (JsonBuilder *json, const LamCuratedInput *input)
{
  const LamSourceInfo *info = lam_source_get_info (input->image);
  json_builder_set_member_name (json, "volume");
  json_builder_begin_object (json);
  add_text (json, "name", input->image_name);
  add_text (json, "dtype", lam_dtype_name (info->dtype));
  add_integer (json, "channel", info->channel);
  add_triple (json, "size", input->size);
  json_builder_set_member_name (json, "voxel_size_nm");
  if (input->voxel_size_nm[0] > 0) {
    json_builder_begin_array (json);
    for (int a = 2; a >= 0; a--)
      json_builder_add_double_value (json, input->voxel_size_nm[a]);
    json_builder_end_array (json);
  } else {
    json_builder_add_null_value (json);
  }
  json_builder_end_object (json);
}

static void
add_classes (JsonBuilder *json, const LamCuratedPlan *plan)
{
  const LamClassTable *table = plan->classes;
  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++) {
    const LamClass *row = lam_class_table_get_nth_class (table, i);
    g_autofree char *colour = g_strdup_printf ("#%06x", row->rgb & 0xffffff);
    json_builder_begin_object (json);
    add_integer (json, "id", row->id);
    add_text (json, "name", row->name);
    add_text (json, "colour", colour);
    add_bool (json, "has_instances", row->has_instances);
    add_integer (json, "voxels", plan->n_by_class[row->id]);
    add_number (json, "weight", plan->class_weights[row->id]);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
add_options (JsonBuilder *json, const LamCuratedPlan *plan)
{
  const LamCuratedOptions *options = plan->options;
  json_builder_set_member_name (json, "options");
  json_builder_begin_object (json);
  add_text (json, "format", options->format->name);
  add_bool (json, "only_verified", !options->may_be_unverified);
  add_bool (json, "unlabelled_is_background", options->fills);
  add_triple (json, "guard", options->guard);
  add_triple (json, "patch", options->patch);
  add_triple (json, "overlap", options->overlap);
  add_number (json, "border_w0", options->border.w0);
  add_number (json, "border_sigma", options->border.sigma);
  json_builder_end_object (json);
}

static void
add_sources (JsonBuilder *json, const LamCuratedRegion *row)
{
  int64_t n = lam_box_volume (&row->box);
  json_builder_set_member_name (json, "voxels_by_source");
  json_builder_begin_object (json);
  for (int i = 0; i < LAM_CURATED_N_SOURCES; i++)
    add_integer (json, lam_curated_sources[i], row->n_by_source[i]);
  json_builder_end_object (json);
  json_builder_set_member_name (json, "share_by_source");
  json_builder_begin_object (json);
  for (int i = 0; i < LAM_CURATED_N_SOURCES; i++)
    add_number (
        json, lam_curated_sources[i], (double)row->n_by_source[i] / (double)n);
  json_builder_end_object (json);
}

static void
add_region (JsonBuilder *json, const LamCuratedRegion *row)
{
  json_builder_begin_object (json);
  add_integer (json, "id", row->region->id);
  add_text (json, "name", row->region->name);
  add_text (json, "role", lam_region_role_name (row->region->role));
  add_text (json, "state", lam_review_name (row->region->review));
  add_text (json, "note", row->region->note);
  add_text (json, "path", row->path);
  add_triple (json, "offset", row->box.min);
  add_size (json, "size", &row->box);
  add_triple (json, "offset_before_guard", row->region->box.min);
  add_size (json, "size_before_guard", &row->region->box);
  add_integer (json, "voxels", lam_box_volume (&row->box));
  add_integer (json, "counted_voxels", row->n_counted);
  add_sources (json, row);
  json_builder_set_member_name (json, "people");
  json_builder_begin_array (json);
  for (guint i = 0; i < row->people->len; i++)
    json_builder_add_string_value (json, g_ptr_array_index (row->people, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
}

/* The proof: how far all that must be apart is. */
static void
add_gaps (JsonBuilder *json, const LamCuratedPlan *plan)
{
  json_builder_set_member_name (json, "distances");
  json_builder_begin_array (json);
  for (guint i = 0; i < plan->regions->len; i++)
    for (guint j = i + 1; j < plan->regions->len; j++) {
      const LamCuratedRegion *one = g_ptr_array_index (plan->regions, i);
      const LamCuratedRegion *other = g_ptr_array_index (plan->regions, j);
      int64_t gap[3];
      if (one->region->role == other->region->role)
        continue;
      lam_curated_get_gap (&one->box, &other->box, gap);
      json_builder_begin_object (json);
      add_text (json, "one", one->path);
      add_text (json, "other", other->path);
      add_triple (json, "gap", gap);
      add_bool (json, "is_apart",
          lam_curated_is_apart (&one->box, &other->box, plan->options->guard));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_items (JsonBuilder *json, const LamCuratedPlan *plan)
{
  json_builder_set_member_name (json, "items");
  json_builder_begin_array (json);
  for (guint i = 0; i < plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    for (guint k = 0; k < row->items->len; k++) {
      const LamBox *box = &g_array_index (row->items, LamBox, k);
      g_autofree char *path = lam_curated_dup_item_path (plan, row, box);
      json_builder_begin_object (json);
      add_text (json, "path", path);
      add_integer (json, "region", row->region->id);
      add_text (json, "role", lam_region_role_name (row->region->role));
      add_triple (json, "offset", box->min);
      add_size (json, "size", box);
      json_builder_end_object (json);
    }
  }
  json_builder_end_array (json);
}

static void
add_arrays (
    JsonBuilder *json, const LamCuratedInput *input, const LamCuratedPlan *plan)
{
  json_builder_set_member_name (json, "arrays");
  json_builder_begin_array (json);
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++) {
    json_builder_begin_object (json);
    add_text (json, "name", lam_curated_arrays[i].name);
    add_text (
        json, "dtype", lam_dtype_name (lam_curated_get_dtype (input, plan, i)));
    add_text (json, "what", lam_curated_arrays[i].title);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

/* ---- Files -------------------------------------------------------------- */

char *
lam_curated_hash (const char *path, int64_t *n_bytes, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *bytes = g_malloc (HASH_BYTES);
  *n_bytes = 0;
  while (stream) {
    gssize n = g_input_stream_read (
        G_INPUT_STREAM (stream), bytes, HASH_BYTES, NULL, error);
    if (n < 0)
      return NULL;
    if (n == 0)
      return g_strdup (g_checksum_get_string (sum));
    g_checksum_update (sum, bytes, n);
    *n_bytes += n;
  }
  return NULL;
}

static void
list_files (const char *folder, const char *inside, GPtrArray *paths)
{
  g_autofree char *path = g_build_filename (folder, inside, NULL);
  GDir *names = g_dir_open (path, 0, NULL);
  const char *name;
  while (names && (name = g_dir_read_name (names))) {
    char *each =
        *inside ? g_build_filename (inside, name, NULL) : g_strdup (name);
    g_autofree char *whole = g_build_filename (folder, each, NULL);
    if (g_file_test (whole, G_FILE_TEST_IS_DIR)
        && !g_file_test (whole, G_FILE_TEST_IS_SYMLINK)) {
      list_files (folder, each, paths);
      g_free (each);
    } else {
      g_ptr_array_add (paths, each);
    }
  }
  g_clear_pointer (&names, g_dir_close);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

GPtrArray *
lam_curated_list_files (const char *folder)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  list_files (folder, "", paths);
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

/* As sha256sum writes and checks them. */
static void
add_sum (GString *sums, const char *hash, const char *name)
{
  g_string_append_printf (sums, "%s  %s\n", hash, name);
}

static bool
add_files (JsonBuilder *json, const char *folder, GString *sums,
    LamProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) paths = lam_curated_list_files (folder);
  json_builder_set_member_name (json, "files");
  json_builder_begin_array (json);
  for (guint i = 0; i < paths->len; i++) {
    const char *name = g_ptr_array_index (paths, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    int64_t n_bytes;
    g_autofree char *hash = lam_curated_hash (path, &n_bytes, error);
    if (!hash || !lam_progress_check (progress, error))
      return false;
    lam_progress_set (progress, i + 1, paths->len);
    json_builder_begin_object (json);
    add_text (json, "path", name);
    add_integer (json, "bytes", n_bytes);
    add_text (json, "sha256", hash);
    add_sum (sums, hash, name);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  return true;
}

static bool
write_text (
    const char *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_set_contents_full (path, text, -1,
      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
      error);
}

static char *
to_text (JsonBuilder *json)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  return g_strconcat (text, "\n", NULL);
}

/* The manifest cannot hold its own hash. */
static bool
write_sums (const char *folder, GString *sums, GError **error)
{
  int64_t n_bytes;
  g_autofree char *path = g_build_filename (folder, LAM_CURATED_MANIFEST, NULL);
  g_autofree char *hash = lam_curated_hash (path, &n_bytes, error);
  if (!hash)
    return false;
  add_sum (sums, hash, LAM_CURATED_MANIFEST);
  return write_text (folder, LAM_CURATED_SUMS, sums->str, error);
}

void
lam_curated_describe_plan (JsonBuilder *json, const LamCuratedPlan *plan)
{
  add_options (json, plan);
  add_classes (json, plan);
  json_builder_set_member_name (json, "regions");
  json_builder_begin_array (json);
  for (guint i = 0; i < plan->regions->len; i++)
    add_region (json, g_ptr_array_index (plan->regions, i));
  json_builder_end_array (json);
  add_gaps (json, plan);
  add_items (json, plan);
}

bool
lam_curated_describe (const LamCuratedInput *input, const LamCuratedPlan *plan,
    const char *folder, LamProgress *progress, GError **error)
{
  g_autofree char *readme = lam_curated_make_readme (plan);
  if (!write_text (folder, LAM_CURATED_README, readme, error))
    return false;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  add_text (json, "what", "Lamella training set");
  add_integer (json, "version", LAM_CURATED_VERSION);
  add_text (json, "program", "lamella " LAM_VERSION);
  add_text (json, "axes", "zyx");
  add_project (json, input);
  add_volume (json, input);
  add_arrays (json, input, plan);
  lam_curated_describe_plan (json, plan);
  g_autoptr (GString) sums = g_string_new (NULL);
  if (!add_files (json, folder, sums, progress, error))
    return false;
  json_builder_end_object (json);
  g_autofree char *text = to_text (json);
  return write_text (folder, LAM_CURATED_MANIFEST, text, error)
      && write_sums (folder, sums, error);
}
