/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The manifest's regions and options are planned anew by what the export uses,
 * the plan's counts come from the arrays, and it is described as the export
 * describes it: each value that the manifest has otherwise is told by its
 * name. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "workspace/curated-check-private.h"

/* ---- Distances ----------------------------------------------------------- */

/* A region's box, and whether its states are as promised. */
static void
check_region (LamCuratedCheck *check, JsonObject *row)
{
  const char *path = lam_manifest_get_text (row, "path");
  const char *state = lam_manifest_get_text (row, "state");
  LamBox box;
  if (!lam_manifest_get_box (row, "offset", "size", &box))
    lam_curated_complain (check, _ ("The region %s has no box"), path);
  if (!check->options.may_be_unverified && strcmp (state, "verified") != 0)
    lam_curated_complain (check,
        _ ("The region %s is not verified, but “%s”, and the set is said to "
           "hold verified ones only"),
        path, state);
}

static void
check_distance (LamCuratedCheck *check, JsonObject *one, JsonObject *other)
{
  const int64_t *guard = check->options.guard;
  LamBox a, b;
  int64_t gap[3];
  if (strcmp (lam_manifest_get_text (one, "role"),
          lam_manifest_get_text (other, "role"))
          == 0
      || !lam_manifest_get_box (one, "offset", "size", &a)
      || !lam_manifest_get_box (other, "offset", "size", &b)
      || lam_curated_is_apart (&a, &b, guard))
    return;
  lam_curated_get_gap (&a, &b, gap);
  lam_curated_complain (check,
      _ ("%s and %s are %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT " voxels apart (x, y, z), and not the "
         "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         " of the guard band along any axis"),
      lam_manifest_get_text (one, "path"),
      lam_manifest_get_text (other, "path"), gap[0], gap[1], gap[2], guard[0],
      guard[1], guard[2]);
}

static void
check_distances (LamCuratedCheck *check)
{
  JsonArray *regions = lam_manifest_get_array (check->manifest, "regions");
  guint n = lam_manifest_get_length (regions);
  for (guint i = 0; i < n; i++) {
    JsonObject *one = lam_manifest_get_element (regions, i);
    check_region (check, one);
    for (guint j = i + 1; j < n; j++)
      check_distance (check, one, lam_manifest_get_element (regions, j));
  }
  if (n == 0)
    lam_curated_complain (check, _ ("The manifest lists no regions"));
}

/* ---- The plan ------------------------------------------------------------ */

static bool
read_options (LamCuratedCheck *check)
{
  LamCuratedOptions *options = &check->options;
  JsonObject *said = lam_manifest_get_object (check->manifest, "options");
  bool can_be = lam_manifest_get_triple (said, "patch", options->patch)
      && lam_manifest_get_triple (said, "overlap", options->overlap);
  for (int a = 0; a < 3 && can_be; a++)
    can_be = options->patch[0] == 0
        ? options->patch[a] == 0 && options->overlap[a] == 0
        : options->patch[a] >= 1 && options->overlap[a] >= 0
            && options->overlap[a] < options->patch[a];
  if (!can_be)
    lam_curated_complain (
        check, _ ("options.patch and options.overlap make no patches"));
  return can_be;
}

static int
find_name (const char *name, int n, const char *(*name_of) (int i))
{
  for (int i = 0; i < n; i++)
    if (strcmp (name, name_of (i)) == 0)
      return i;
  return -1;
}

static const char *
role_name (int i)
{
  return lam_region_role_name ((LamRegionRole)i);
}

static const char *
review_name (int i)
{
  return lam_review_name ((LamReview)i);
}

static LamRegion *
read_region (LamCuratedCheck *check, JsonObject *row, guint i)
{
  LamBox box;
  int64_t id = lam_manifest_get_integer (row, "id", 0);
  const char *role = lam_manifest_get_text (row, "role");
  const char *state = lam_manifest_get_text (row, "state");
  int role_number = find_name (role, LAM_N_REGION_ROLES, role_name);
  int state_number = find_name (state, LAM_N_REVIEWS, review_name);
  if (role_number != LAM_REGION_TRAIN && role_number != LAM_REGION_VALIDATION
      && role_number != LAM_REGION_TEST)
    lam_curated_complain (check,
        _ ("regions[%u].role is “%s”, and train, validation or test is needed"),
        i, role);
  else if (state_number < 0)
    lam_curated_complain (
        check, _ ("regions[%u].state is “%s”, which is none"), i, state);
  else if (id < 1 || id > INT32_MAX)
    lam_curated_complain (
        check, _ ("regions[%u].id is not a number from 1 on"), i);
  else if (!lam_manifest_get_box (
               row, "offset_before_guard", "size_before_guard", &box))
    lam_curated_complain (check,
        _ ("regions[%u].offset_before_guard and size_before_guard are no box"),
        i);
  else {
    LamRegion *region = g_new0 (LamRegion, 1);
    region->id = (int32_t)id;
    region->box = box;
    region->role = (LamRegionRole)role_number;
    region->review = (LamReview)state_number;
    region->name = g_strdup (lam_manifest_get_text (row, "name"));
    region->note = g_strdup (lam_manifest_get_text (row, "note"));
    return region;
  }
  return NULL;
}

/* NULL: one cannot be read. */
static GPtrArray *
read_regions (LamCuratedCheck *check)
{
  JsonArray *rows = lam_manifest_get_array (check->manifest, "regions");
  g_autoptr (GPtrArray) regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  for (guint i = 0; i < lam_manifest_get_length (rows); i++) {
    LamRegion *region =
        read_region (check, lam_manifest_get_element (rows, i), i);
    if (!region)
      return NULL;
    g_ptr_array_add (regions, region);
  }
  return regions->len > 0 ? g_steal_pointer (&regions) : NULL;
}

/* Its number; -1: it makes no row of the table. */
static int64_t
read_class (LamCuratedCheck *check, LamClassTable *table, JsonObject *row,
    guint i, int64_t last)
{
  int64_t id = lam_manifest_get_integer (row, "id", -1);
  const char *colour = lam_manifest_get_text (row, "colour");
  LamClass class = { .id = (int32_t)id,
    .name = (char *)lam_manifest_get_text (row, "name"),
    .rgb = (uint32_t)g_ascii_strtoull (colour + (*colour == '#'), NULL, 16),
    .has_instances = lam_manifest_get_bool (row, "has_instances") };
  if (id < 0 || id >= LAM_CURATED_MAX_CLASSES || !*class.name)
    lam_curated_complain (
        check, _ ("The manifest's class %u has no number or no name"), i);
  else if (id <= last)
    lam_curated_complain (check,
        _ ("classes[%u].id is %" G_GINT64_FORMAT
           ", and must be more than the %" G_GINT64_FORMAT " before it"),
        i, id, last);
  else {
    lam_class_table_set_class (table, &class);
    check->kinds[id] = class.has_instances ? 2 : 1;
    check->class_weights[id] = lam_manifest_get_number (row, "weight");
    return id;
  }
  return -1;
}

/* NULL: one cannot be read. */
static LamClassTable *
read_classes (LamCuratedCheck *check)
{
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  JsonArray *classes = lam_manifest_get_array (check->manifest, "classes");
  bool all = true;
  int64_t last = -1;
  for (guint i = 0; i < lam_manifest_get_length (classes); i++) {
    JsonObject *row = lam_manifest_get_element (classes, i);
    int64_t id = read_class (check, table, row, i, last);
    all = all && id >= 0;
    last = MAX (last, id);
  }
  return all ? g_steal_pointer (&table) : NULL;
}

static void
read_people (JsonObject *row, LamCuratedRegion *region)
{
  JsonArray *people = lam_manifest_get_array (row, "people");
  for (guint i = 0; i < lam_manifest_get_length (people); i++) {
    JsonNode *node = json_array_get_element (people, i);
    bool is_text = JSON_NODE_HOLDS_VALUE (node)
        && json_node_get_value_type (node) == G_TYPE_STRING;
    g_ptr_array_add (
        region->people, g_strdup (is_text ? json_node_get_string (node) : ""));
  }
}

/* The guard band is cut from the region anew. */
static void
check_cut (LamCuratedCheck *check, JsonObject *row, guint i)
{
  LamCuratedRegion *region = g_ptr_array_index (check->plan->regions, i);
  const LamBox wanted = region->box;
  LamBox *found = &region->box;
  read_people (row, region);
  if (!lam_manifest_get_box (row, "offset", "size", found)) {
    *found = wanted;
    return;
  }
  if (lam_box_equal (found, &wanted))
    return;
  lam_curated_complain (check,
      _ ("regions[%u]: offset_before_guard and size_before_guard without the "
         "guard band are %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT " (x, y, z), and its offset and size are "
         "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         " to %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT),
      i, wanted.min[0], wanted.min[1], wanted.min[2], wanted.max[0],
      wanted.max[1], wanted.max[2], found->min[0], found->min[1], found->min[2],
      found->max[0], found->max[1], found->max[2]);
}

/* Before they are made, which a manifest could make endless. */
static bool
check_n_items (LamCuratedCheck *check)
{
  const LamCuratedOptions *options = &check->options;
  guint n_found = lam_manifest_get_length (
      lam_manifest_get_array (check->manifest, "items"));
  int64_t n_wanted = 0;
  for (guint i = 0; i < check->plan->regions->len; i++) {
    LamCuratedRegion *region = g_ptr_array_index (check->plan->regions, i);
    n_wanted += lam_curated_count_patches (
        &region->box, options->patch, options->overlap);
  }
  if (n_wanted == n_found)
    return true;
  lam_curated_complain (check,
      _ ("The manifest lists %u items, and options.patch and options.overlap "
         "make %" G_GINT64_FORMAT " of its regions"),
      n_found, n_wanted);
  return false;
}

static bool
make_plan (LamCuratedCheck *check, const LamClassTable *classes, GError **error)
{
  g_autoptr (GPtrArray) regions = read_regions (check);
  JsonArray *rows = lam_manifest_get_array (check->manifest, "regions");
  if (!read_options (check) || !regions || !classes)
    return false;
  bool may_be_unverified = check->options.may_be_unverified;
  check->options.may_be_unverified = true;
  check->plan = lam_curated_plan_regions (
      regions, check->folder, classes, &check->options, error);
  check->options.may_be_unverified = may_be_unverified;
  for (guint i = 0; check->plan && i < regions->len; i++)
    check_cut (check, lam_manifest_get_element (rows, i), i);
  return check->plan && check_n_items (check)
      && lam_curated_plan_items (check->plan, error);
}

/* The volume holds all regions. */
static void
check_volume (LamCuratedCheck *check)
{
  JsonObject *volume = lam_manifest_get_object (check->manifest, "volume");
  LamBox whole = { { 0 }, { 0 } };
  if (!lam_manifest_get_triple (volume, "size", whole.max)) {
    lam_curated_complain (check, _ ("volume.size is not three numbers"));
    return;
  }
  for (guint i = 0; i < check->plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (check->plan->regions, i);
    LamBox inside = lam_box_intersect (&row->region->box, &whole);
    if (!lam_box_equal (&inside, &row->region->box))
      lam_curated_complain (check,
          _ ("regions[%u] ends at %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
             ", %" G_GINT64_FORMAT " (x, y, z), and volume.size is "
             "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT),
          i, row->region->box.max[0], row->region->box.max[1],
          row->region->box.max[2], whole.max[0], whole.max[1], whole.max[2]);
  }
}

void
lam_curated_check_plan (LamCuratedCheck *check)
{
  g_autoptr (LamClassTable) classes = read_classes (check);
  g_autoptr (GError) error = NULL;
  check_distances (check);
  if (make_plan (check, classes, &error)) {
    check_volume (check);
    check->is_counted = true;
    return;
  }
  g_clear_pointer (&check->plan, lam_curated_plan_free);
  if (error)
    lam_curated_complain (check,
        _ ("The regions and the guard band make no training set: %s"),
        error->message);
}

bool
lam_curated_check_find (
    const LamCuratedCheck *check, guint i, LamCuratedItem *item)
{
  for (guint k = 0; check->plan && k < check->plan->regions->len; k++) {
    LamCuratedRegion *row = g_ptr_array_index (check->plan->regions, k);
    if (i >= row->items->len) {
      i -= row->items->len;
      continue;
    }
    const LamBox *box = &g_array_index (row->items, LamBox, i);
    if (!lam_box_equal (box, &item->box))
      return false;
    item->region = row;
    lam_curated_get_own (&row->box, &check->options, box, &item->own);
    return true;
  }
  return false;
}

/* ---- Values -------------------------------------------------------------- */

/* What only the arrays tell. */
static bool
is_of_arrays (const char *name)
{
  static const char *const names[] = { "voxels_by_source", "share_by_source",
    "counted_voxels", "voxels", "weight", NULL };
  return g_strv_contains (names, name);
}

static bool
is_number (JsonNode *node)
{
  GType type = json_node_get_value_type (node);
  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

static bool
is_same_value (JsonNode *found, JsonNode *wanted)
{
  if (json_node_get_node_type (found) != json_node_get_node_type (wanted))
    return false;
  if (!JSON_NODE_HOLDS_VALUE (found) || !is_number (found)
      || !is_number (wanted))
    return json_node_equal (found, wanted);
  double one = json_node_get_double (found);
  double other = json_node_get_double (wanted);
  return fabs (one - other) <= 1e-12 * fmax (fabs (one), fabs (other));
}

static void compare (LamCuratedCheck *check, const char *name, JsonNode *found,
    JsonNode *wanted);

static void
compare_objects (LamCuratedCheck *check, const char *name, JsonObject *found,
    JsonObject *wanted)
{
  g_autoptr (GList) names = json_object_get_members (wanted);
  g_autoptr (GList) all = json_object_get_members (found);
  for (GList *at = names; at; at = at->next) {
    g_autofree char *path = g_strdup_printf ("%s.%s", name, (char *)at->data);
    if (check->is_counted || !is_of_arrays (at->data))
      compare (check, path, json_object_get_member (found, at->data),
          json_object_get_member (wanted, at->data));
  }
  for (GList *at = all; at; at = at->next)
    if (!json_object_has_member (wanted, at->data))
      lam_curated_complain (check, _ ("%s.%s in the manifest means nothing"),
          name, (char *)at->data);
}

static void
compare_arrays (LamCuratedCheck *check, const char *name, JsonArray *found,
    JsonArray *wanted)
{
  guint n_found = json_array_get_length (found);
  guint n_wanted = json_array_get_length (wanted);
  if (n_found != n_wanted)
    lam_curated_complain (check,
        _ ("%s in the manifest has %u elements, and there are %u"), name,
        n_found, n_wanted);
  for (guint i = 0; i < MIN (n_found, n_wanted); i++) {
    g_autofree char *path = g_strdup_printf ("%s[%u]", name, i);
    compare (check, path, json_array_get_element (found, i),
        json_array_get_element (wanted, i));
  }
}

static void
compare (
    LamCuratedCheck *check, const char *name, JsonNode *found, JsonNode *wanted)
{
  if (found && JSON_NODE_HOLDS_OBJECT (found)
      && JSON_NODE_HOLDS_OBJECT (wanted)) {
    compare_objects (check, name, json_node_get_object (found),
        json_node_get_object (wanted));
  } else if (found && JSON_NODE_HOLDS_ARRAY (found)
      && JSON_NODE_HOLDS_ARRAY (wanted)) {
    compare_arrays (
        check, name, json_node_get_array (found), json_node_get_array (wanted));
  } else if (!found || !is_same_value (found, wanted)) {
    g_autofree char *one =
        found ? json_to_string (found, FALSE) : g_strdup (_ ("missing"));
    g_autofree char *other = json_to_string (wanted, FALSE);
    lam_curated_complain (check,
        _ ("%s in the manifest is %s, and by the rest of the set it must be "
           "%s"),
        name, one, other);
  }
}

void
lam_curated_check_values (LamCuratedCheck *check)
{
  if (!check->plan)
    return;
  lam_curated_set_class_weights (
      check->plan, check->version > 1 ? LAM_CURATED_MISSING_WEIGHT : 0);
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_curated_describe_plan (json, check->plan);
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  JsonObject *wanted = json_node_get_object (root);
  g_autoptr (GList) names = json_object_get_members (wanted);
  for (GList *at = names; at; at = at->next)
    compare (check, at->data,
        json_object_get_member (check->manifest, at->data),
        json_object_get_member (wanted, at->data));
}
