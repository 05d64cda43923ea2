/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/object-list.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>

#include "base/error.h"
#include "cli/json.h"
#include "labels/object-finder.h"
#include "volume/json-text.h"
#include "volume/zarr-file.h"

static char *
make_text (const GArray *objects, uint32_t next_id, const char *note)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  if (note)
    lam_json_add_text (json, "note", note);
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
lam_object_list_write (const char *path, const GArray *objects,
    uint32_t next_id, const char *note, GError **error)
{
  g_autofree char *text = make_text (objects, next_id, note);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return g_file_set_contents (path, line, -1, error);
}

static bool
read_number (JsonObject *object, const char *name, double least, double most,
    uint32_t *number)
{
  double value;
  if (!lam_json_get_number (json_object_get_member (object, name), &value)
      || value != floor (value) || value < least || value > most)
    return false;
  *number = (uint32_t)value;
  return true;
}

static bool
read_rows (LamObjectList *list, JsonArray *rows, GError **error)
{
  guint n = json_array_get_length (rows);
  for (guint i = 0; i < n; i++) {
    JsonObject *row = lam_json_array_get_object (rows, i);
    uint32_t id, class_id;
    if (!row || !read_number (row, "id", 1, UINT32_MAX, &id)
        || !read_number (row, "class", 0, 255, &class_id)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
          _ ("%s is no list of objects: entry %u of %u has no “id” and "
             "“class” from 0 to 255"),
          list->path, i + 1, n);
      return false;
    }
    g_hash_table_insert (
        list->classes, GUINT_TO_POINTER (id), GUINT_TO_POINTER (class_id));
    if (list->next_id && id >= list->next_id)
      list->next_id = id + 1;
  }
  return true;
}

LamObjectList *
lam_object_list_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize n_bytes;
  if (!g_file_get_contents (path, &text, &n_bytes, error))
    return NULL;
  g_autoptr (JsonNode) root = lam_json_parse_object (text, n_bytes, error);
  if (!root) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  JsonObject *top = json_node_get_object (root);
  JsonArray *rows = lam_json_get_array (top, "objects");
  g_autoptr (LamObjectList) list = g_new0 (LamObjectList, 1);
  list->path = g_strdup (path);
  list->classes = g_hash_table_new (NULL, NULL);
  list->next_id = 1;
  list->note = g_strdup (lam_json_get_string (top, "note"));
  if (!rows)
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is no list of objects: it has no “objects”"), path);
  else if (json_object_has_member (top, "next_id")
      && !read_number (top, "next_id", 0, UINT32_MAX, &list->next_id))
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is no list of objects: its “next_id” is no id"), path);
  else if (read_rows (list, rows, error))
    return g_steal_pointer (&list);
  return NULL;
}

void
lam_object_list_free (LamObjectList *list)
{
  if (!list)
    return;
  g_free (list->path);
  g_free (list->note);
  g_hash_table_unref (list->classes);
  g_free (list);
}

int32_t
lam_object_list_get_class (const LamObjectList *list, uint32_t id)
{
  gpointer value;
  return g_hash_table_lookup_extended (
             list->classes, GUINT_TO_POINTER (id), NULL, &value)
      ? (int32_t)GPOINTER_TO_UINT (value)
      : -1;
}
