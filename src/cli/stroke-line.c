/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/stroke-line.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "volume/json-text.h"

void
lam_stroke_line_clear (LamStrokeLine *line)
{
  g_clear_pointer (&line->class_name, g_free);
  g_clear_pointer (&line->samples, g_array_unref);
}

static bool
refuse (GError **error, const char *member, const char *needed)
{
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_INPUT, _ ("“%s” must be %s"), member, needed);
  return false;
}

/* NULL where there is none. */
static JsonNode *
get (JsonObject *object, const char *member)
{
  return json_object_get_member (object, member);
}

static bool
get_number (JsonNode *node, double *value)
{
  GType type = node && JSON_NODE_HOLDS_VALUE (node)
      ? json_node_get_value_type (node)
      : G_TYPE_NONE;
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return false;
  *value = json_node_get_double (node);
  return isfinite (*value);
}

static bool
get_integer (JsonNode *node, int64_t least, int64_t most, int64_t *value)
{
  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return false;
  *value = json_node_get_int (node);
  return *value >= least && *value <= most;
}

static const char *
get_text (JsonNode *node)
{
  return node && JSON_NODE_HOLDS_VALUE (node)
          && json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_get_string (node)
      : NULL;
}

static bool
check_members (JsonObject *object, GError **error)
{
  static const char *const known[] = { "tool", "class", "label", "plane",
    "slice", "radius_nm", "depth", "points", "shape", "overwrite", NULL };
  g_autoptr (GList) names = json_object_get_members (object);
  for (GList *each = names; each; each = each->next)
    if (!g_strv_contains (known, each->data)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("a stroke has no “%s”"), (const char *)each->data);
      return false;
    }
  return true;
}

static bool
parse_tool (JsonObject *object, LamStrokeLine *line, GError **error)
{
  const char *tool = get_text (get (object, "tool"));
  if (!tool || (strcmp (tool, "brush") != 0 && strcmp (tool, "eraser") != 0))
    return refuse (error, "tool", _ ("“brush” or “eraser”"));
  line->erases = strcmp (tool, "eraser") == 0;
  return true;
}

static bool
parse_target (JsonObject *object, LamStrokeLine *line, GError **error)
{
  JsonNode *class = get (object, "class"), *label = get (object, "label");
  int64_t id;
  if (get_text (class))
    line->class_name = g_strdup (get_text (class));
  else if (get_integer (class, 0, G_MAXINT32, &id))
    line->class_name = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  else if (class)
    return refuse (error, "class", _ ("a class’s number or name"));
  if (get_integer (label, 1, UINT32_MAX, &id))
    line->label = (uint32_t)id;
  else if (label && g_strcmp0 (get_text (label), "new") != 0)
    return refuse (error, "label", _ ("“new” or a label’s number"));
  if (!line->erases && !line->class_name && line->label == 0)
    return refuse (error, "class", _ ("said for a new label"));
  return true;
}

static bool
parse_brush (JsonObject *object, LamBrush *brush, GError **error)
{
  const char *plane = get_text (get (object, "plane"));
  if (!plane || !lam_plane_parse (plane, &brush->plane))
    return refuse (error, "plane", _ ("“xy”, “xz” or “yz”"));
  if (!get_number (get (object, "radius_nm"), &brush->radius_nm)
      || brush->radius_nm <= 0 || brush->radius_nm > 1e7)
    return refuse (error, "radius_nm", _ ("a number above 0, up to 1e7"));
  int64_t depth = 1;
  if (get (object, "depth")
      && !get_integer (get (object, "depth"), 1, 100000, &depth))
    return refuse (error, "depth", _ ("a whole number from 1"));
  brush->depth = (int)depth;
  const char *shape = get_text (get (object, "shape"));
  if (get (object, "shape")
      && (!shape
          || (strcmp (shape, "disc") != 0 && strcmp (shape, "ellipsoid") != 0)))
    return refuse (error, "shape", _ ("“disc” or “ellipsoid”"));
  brush->shape = shape && strcmp (shape, "ellipsoid") == 0 ? LAM_BRUSH_ELLIPSOID
                                                           : LAM_BRUSH_DISC;
  const char *mode = get_text (get (object, "overwrite"));
  if (get (object, "overwrite")
      && (!mode || !lam_overwrite_parse (mode, &brush->overwrite)))
    return refuse (
        error, "overwrite", _ ("“everything”, “unlabelled” or “started-on”"));
  return true;
}

static bool
parse_point (JsonNode *node, LamPlane plane, double w, LamStrokeSample *sample)
{
  JsonArray *point =
      JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = point ? json_array_get_length (point) : 0;
  sample->pressure = 1;
  sample->voxel[lam_plane_w (plane)] = w;
  return (n == 2 || n == 3)
      && get_number (json_array_get_element (point, 0),
          &sample->voxel[lam_plane_u (plane)])
      && get_number (json_array_get_element (point, 1),
          &sample->voxel[lam_plane_v (plane)])
      && (n == 2
          || (get_number (json_array_get_element (point, 2), &sample->pressure)
              && sample->pressure >= 0 && sample->pressure <= 1));
}

static bool
parse_points (JsonObject *object, LamStrokeLine *line, GError **error)
{
  JsonNode *node = get (object, "points");
  int64_t slice;
  if (!get_integer (get (object, "slice"), 0, G_MAXINT32, &slice))
    return refuse (error, "slice", _ ("a whole number from 0"));
  JsonArray *points =
      node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = points ? json_array_get_length (points) : 0;
  line->samples = g_array_sized_new (false, false, sizeof (LamStrokeSample), n);
  for (guint i = 0; i < n; i++) {
    LamStrokeSample sample;
    if (!parse_point (json_array_get_element (points, i), line->brush.plane,
            (double)slice + 0.5, &sample))
      return refuse (error, "points",
          _ ("pairs of numbers, each with a pressure from 0 to 1 or none"));
    g_array_append_val (line->samples, sample);
  }
  return n > 0 || refuse (error, "points", _ ("a list of at least one point"));
}

bool
lam_stroke_line_parse (const char *text, LamStrokeLine *line, GError **error)
{
  *line = (LamStrokeLine){ 0 };
  g_autoptr (JsonNode) root =
      lam_json_parse_object (text, strlen (text), error);
  if (!root)
    return false;
  JsonObject *object = json_node_get_object (root);
  bool done = check_members (object, error) && parse_tool (object, line, error)
      && parse_target (object, line, error)
      && parse_brush (object, &line->brush, error)
      && parse_points (object, line, error);
  if (!done)
    lam_stroke_line_clear (line);
  return done;
}
