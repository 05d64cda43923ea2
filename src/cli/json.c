/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

void
lam_json_add_text (JsonBuilder *json, const char *name, const char *text)
{
  json_builder_set_member_name (json, name);
  if (!text) {
    json_builder_add_null_value (json);
    return;
  }
  /* The name of a file can be any bytes; JSON cannot. */
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_builder_add_string_value (json, valid);
}

void
lam_json_add_integer (JsonBuilder *json, const char *name, int64_t value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

void
lam_json_add_triple (
    JsonBuilder *json, const char *name, const int64_t value[3])
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (int i = 0; i < 3; i++)
    json_builder_add_int_value (json, value[i]);
  json_builder_end_array (json);
}

void
lam_json_add_lengths (
    JsonBuilder *json, const char *name, const double value[3])
{
  json_builder_set_member_name (json, name);
  if (!(value[0] > 0 && value[1] > 0 && value[2] > 0)) {
    json_builder_add_null_value (json);
    return;
  }
  json_builder_begin_array (json);
  for (int i = 0; i < 3; i++)
    json_builder_add_double_value (json, value[i]);
  json_builder_end_array (json);
}

void
lam_json_add_box (JsonBuilder *json, const char *name, const LamBox *box)
{
  json_builder_set_member_name (json, name);
  if (lam_box_is_empty (box)) {
    json_builder_add_null_value (json);
    return;
  }
  json_builder_begin_array (json);
  for (int i = 0; i < 3; i++)
    json_builder_add_int_value (json, box->min[i]);
  for (int i = 0; i < 3; i++)
    json_builder_add_int_value (json, box->max[i]);
  json_builder_end_array (json);
}

char *
lam_json_to_text (JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  return json_to_string (root, false);
}

void
lam_json_print (JsonBuilder *json)
{
  g_autofree char *text = lam_json_to_text (json);
  g_print ("%s\n", text);
}
