/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* network info: what a network file is, without running it. */
#include <glib/gi18n-lib.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "nn/metadata.h"

static void
print_json (const LamNetwork *network)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", lam_network_get_path (network));
  lam_json_add_integer (json, "opset", lam_network_get_opset (network));
  lam_json_add_integer (json, "nodes", lam_network_get_n_nodes (network));
  lam_json_add_integer (
      json, "parameters", lam_network_get_n_parameters (network));
  json_builder_set_member_name (json, "inputs");
  json_builder_begin_array (json);
  for (int i = 0; i < lam_network_get_n_inputs (network); i++) {
    const LamShape *shape = lam_network_get_input_shape (network, i);
    json_builder_begin_object (json);
    lam_json_add_text (json, "name", lam_network_get_input_name (network, i));
    json_builder_set_member_name (json, "shape");
    json_builder_begin_array (json);
    for (int j = 0; j < shape->rank; j++)
      json_builder_add_int_value (json, shape->dims[j]);
    json_builder_end_array (json);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "outputs");
  json_builder_begin_array (json);
  for (int i = 0; i < lam_network_get_n_outputs (network); i++)
    json_builder_add_string_value (
        json, lam_network_get_output_name (network, i));
  json_builder_end_array (json);
  g_autofree const char **keys = lam_network_list_metadata (network);
  json_builder_set_member_name (json, "metadata");
  json_builder_begin_object (json);
  for (int i = 0; keys[i]; i++)
    lam_json_add_text (
        json, keys[i], lam_network_get_metadata (network, keys[i]));
  json_builder_end_object (json);
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
print_metadata (const LamNetwork *network)
{
  g_autofree const char **keys = lam_network_list_metadata (network);
  for (int i = 0; keys[i]; i++) {
    const LamMetadataRow *row = lam_metadata_find (keys[i]);
    g_auto (GStrv) lines = lam_metadata_dup_lines (network, keys[i]);
    g_autofree char *text = g_strjoinv (", ", lines);
    g_print ("  %-12s  %s\n", row ? _ (row->title) : keys[i], text);
  }
}

static void
print_text (const LamNetwork *network)
{
  g_print ("%s\n", lam_network_get_path (network));
  g_print (_ ("  operator set  %d\n"), lam_network_get_opset (network));
  g_print (_ ("  nodes         %d\n"), lam_network_get_n_nodes (network));
  g_print (_ ("  parameters    %" G_GINT64_FORMAT "\n"),
      lam_network_get_n_parameters (network));
  for (int i = 0; i < lam_network_get_n_inputs (network); i++) {
    g_autofree char *shape =
        lam_shape_to_text (lam_network_get_input_shape (network, i));
    g_print (_ ("  input         %s, %s (-1: any)\n"),
        lam_network_get_input_name (network, i), shape);
  }
  for (int i = 0; i < lam_network_get_n_outputs (network); i++)
    g_print (
        _ ("  output        %s\n"), lam_network_get_output_name (network, i));
  print_metadata (network);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_autoptr (LamNetwork) network = lam_network_open (call->arguments[0], error);
  if (!network)
    return false;
  if (call->json)
    print_json (network);
  else
    print_text (network);
  return true;
}

const LamCommand lam_command_network_info = {
  .name = "network info",
  .title = N_ ("Says what a network file is"),
  .usage = "FILE",
  .help = N_ ("FILE is an ONNX file. What cannot be run is refused."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .run = run,
};
