/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/object-list.h"

#include "cli/json.h"
#include "labels/object-finder.h"

static char *
make_text (const GArray *objects, int64_t next_id)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_integer (json, "next_id", next_id);
  json_builder_set_member_name (json, "objects");
  json_builder_begin_array (json);
  for (guint i = 0; i < objects->len; i++) {
    const LamObject *object = &g_array_index (objects, LamObject, i);
    json_builder_begin_object (json);
    lam_json_add_integer (json, "id", object->id);
    lam_json_add_integer (json, "class", object->class_id);
    lam_json_add_integer (json, "voxels", object->n_voxels);
    lam_json_add_box (json, "box", &object->box);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  json_builder_end_object (json);
  return lam_json_to_text (json);
}

bool
lam_object_list_write (
    const char *path, const GArray *objects, int64_t next_id, GError **error)
{
  g_autofree char *text = make_text (objects, next_id);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return g_file_set_contents (path, line, -1, error);
}
