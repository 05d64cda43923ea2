/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cli/class-map.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "cli/class-choice.h"
#include "volume/json-text.h"
#include "volume/zarr-file.h"

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

static GArray *
read_objects (const char *path, GError **error)
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
  JsonArray *list = lam_json_get_array (json_node_get_object (root), "objects");
  g_autoptr (GArray) pairs = g_array_new (false, false, sizeof (uint32_t[2]));
  guint n = list ? json_array_get_length (list) : 0;
  for (guint i = 0; i < n; i++) {
    JsonObject *object = lam_json_array_get_object (list, i);
    uint32_t pair[2];
    if (!object || !read_number (object, "id", 1, UINT32_MAX, &pair[0])
        || !read_number (object, "class", 0, INT32_MAX, &pair[1]))
      break;
    g_array_append_val (pairs, pair);
  }
  if (list && pairs->len == n)
    return g_steal_pointer (&pairs);
  if (!list) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is no list of objects: it has no “objects”"), path);
    return NULL;
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
      _ ("%s is no list of objects: entry %u of %u has no “id” and “class”"),
      path, pairs->len + 1, n);
  return NULL;
}

static bool
check_classes (const char *path, const LamClassTable *classes,
    const GArray *pairs, GError **error)
{
  for (guint i = 0; pairs && i < pairs->len; i++) {
    const uint32_t *pair = (const uint32_t *)(pairs->data) + 2 * i;
    if (lam_class_table_get_class (classes, (int32_t)pair[1]))
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: label %u is of class %u, which the project does not have"),
        path, pair[0], pair[1]);
    return false;
  }
  return true;
}

GArray *
lam_class_map_read_objects (
    const char *path, const LamClassTable *classes, GError **error)
{
  g_autoptr (GArray) pairs = read_objects (path, error);
  return pairs && check_classes (path, classes, pairs, error)
      ? g_steal_pointer (&pairs)
      : NULL;
}

/* "255=mitochondrion" */
static bool
parse_pair (const char *text, const LamClassTable *classes, uint32_t pair[2],
    GError **error)
{
  const char *sign = strchr (text, '=');
  g_autofree char *number = g_strndup (text, sign ? sign - text : 0);
  guint64 value;
  if (!sign
      || !g_ascii_string_to_unsigned (
          g_strstrip (number), 10, 0, UINT32_MAX, &value, NULL)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("“%s” is not of the form NUMBER=CLASS"), text);
    return false;
  }
  g_autofree char *name = g_strstrip (g_strdup (sign + 1));
  const LamClass *row = lam_class_choice_find (classes, name, error);
  if (!row)
    return false;
  pair[0] = (uint32_t)value;
  pair[1] = (uint32_t)row->id;
  return true;
}

GArray *
lam_class_map_parse (
    const char *text, const LamClassTable *classes, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GArray) pairs = g_array_new (false, false, sizeof (uint32_t[2]));
  for (int i = 0; parts[i]; i++) {
    uint32_t pair[2];
    if (!parse_pair (parts[i], classes, pair, error))
      return NULL;
    g_array_append_val (pairs, pair);
  }
  return g_steal_pointer (&pairs);
}
