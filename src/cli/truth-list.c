/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/truth-list.h"

#include <gio/gio.h>

#include "cli/json.h"
#include "labels/phantom-cell.h"

typedef struct {
  uint32_t id;
  int32_t class_id;
  int64_t n_voxels;
  LamBox box;
} Object;

struct _LamTruthList {
  GHashTable *by_id; /* Owned: id → Object */
};

LamTruthList *
lam_truth_list_new (void)
{
  LamTruthList *list = g_new0 (LamTruthList, 1);
  list->by_id = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return list;
}

void
lam_truth_list_free (LamTruthList *list)
{
  g_hash_table_unref (list->by_id);
  g_free (list);
}

static void
add_run (LamTruthList *list, uint32_t id, uint8_t class_id, const LamBox *run)
{
  Object *object = g_hash_table_lookup (list->by_id, GUINT_TO_POINTER (id));
  if (!object) {
    object = g_new0 (Object, 1);
    object->id = id;
    object->class_id = class_id;
    g_hash_table_insert (list->by_id, GUINT_TO_POINTER (id), object);
  }
  object->n_voxels += run->max[0] - run->min[0];
  object->box = lam_box_unite (&object->box, run);
}

void
lam_truth_list_add_section (LamTruthList *list, const int64_t size[3],
    int64_t z, const uint32_t *labels, const uint8_t *classes)
{
  for (int64_t y = 0; y < size[1]; y++) {
    const uint32_t *row = labels + y * size[0];
    int64_t end;
    for (int64_t x = 0; x < size[0]; x = end) {
      end = x + 1;
      while (end < size[0] && row[end] == row[x])
        end++;
      LamBox run = lam_box_new (x, y, z, end, y + 1, z + 1);
      if (row[x])
        add_run (list, row[x], classes[y * size[0] + x], &run);
    }
  }
}

int
lam_truth_list_get_n_objects (LamTruthList *list)
{
  return (int)g_hash_table_size (list->by_id);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const Object *one = *(Object *const *)a, *other = *(Object *const *)b;
  return one->id < other->id ? -1 : one->id > other->id;
}

static void
add_classes (JsonBuilder *json)
{
  int n;
  const LamPhantomClass *rows = lam_phantom_get_classes (&n);
  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (int i = 0; i < n; i++) {
    json_builder_begin_object (json);
    lam_json_add_integer (json, "id", rows[i].id);
    lam_json_add_text (json, "name", rows[i].title);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
add_object (JsonBuilder *json, const Object *object,
    const LamPhantomNumbers *numbers, const LamPhantom *phantom)
{
  json_builder_begin_object (json);
  lam_json_add_integer (json, "id", object->id);
  lam_json_add_integer (json, "class", object->class_id);
  lam_json_add_text (
      json, "class_name", lam_phantom_get_class (object->class_id)->title);
  lam_json_add_integer (json, "parent",
      lam_phantom_numbers_get_parent (numbers, phantom, object->id));
  lam_json_add_integer (json, "voxels", object->n_voxels);
  lam_json_add_box (json, "box", &object->box);
  json_builder_end_object (json);
}

bool
lam_truth_list_write (LamTruthList *list, const LamPhantomNumbers *numbers,
    const LamPhantom *phantom, const LamPhantomSettings *settings,
    const char *path, GError **error)
{
  guint n;
  g_autoptr (GPtrArray) objects = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer object;
  g_hash_table_iter_init (&iter, list->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &object))
    g_ptr_array_add (objects, object);
  g_ptr_array_sort (objects, compare_ids);
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_triple (json, "size", settings->size);
  lam_json_add_lengths (json, "voxel_size_nm", settings->voxel_size_nm);
  lam_json_add_integer (json, "seed", (int64_t)settings->seed);
  add_classes (json);
  json_builder_set_member_name (json, "objects");
  json_builder_begin_array (json);
  for (n = 0; n < objects->len; n++)
    add_object (json, g_ptr_array_index (objects, n), numbers, phantom);
  json_builder_end_array (json);
  json_builder_end_object (json);
  g_autofree char *text = lam_json_to_text (json);
  return g_file_set_contents_full (path, text, -1,
      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
      error);
}
