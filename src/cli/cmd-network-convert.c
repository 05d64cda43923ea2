/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* network convert: reads a network and writes it again, simplified. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "nn/metadata.h"
#include "nn/onnx-write.h"
#include "nn/onnx.h"

static char *option_opset, **option_set, **option_unset;
static gboolean option_plain;

static const GOptionEntry options[] = {
  { "opset", 'o', 0, G_OPTION_ARG_STRING, &option_opset,
      N_ ("Write for this operator set (the file's own, or 13)"), N_ ("N") },
  { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &option_set,
      N_ ("Set a metadata property; can be repeated"), N_ ("KEY=VALUE") },
  { "unset", 'u', 0, G_OPTION_ARG_STRING_ARRAY, &option_unset,
      N_ ("Remove a metadata property; can be repeated"), N_ ("KEY") },
  { "keep-norms", 'k', 0, G_OPTION_ARG_NONE, &option_plain,
      N_ ("Leave batch normalisation out of the weights"), NULL },
  { NULL },
};

/* Lines are typed between commas. */
static bool
set_property (LamNetwork *network, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  if (!equals || equals == text)
    return lam_cli_usage_error (
        error, _ ("%s needs KEY=VALUE, not “%s”"), "--set", text);
  g_autofree char *key = g_strndup (text, (size_t)(equals - text));
  const LamMetadataRow *row = lam_metadata_find (key);
  if (!row || row->kind != LAM_METADATA_LINES)
    return lam_metadata_set_text (network, key, equals + 1, error);
  g_auto (GStrv) lines = g_strsplit (equals + 1, ",", -1);
  lam_metadata_set_lines (network, key, (const char *const *)lines);
  return true;
}

static bool
change_metadata (LamNetwork *network, GError **error)
{
  for (int i = 0; option_unset && option_unset[i]; i++)
    lam_network_set_metadata (network, option_unset[i], NULL);
  for (int i = 0; option_set && option_set[i]; i++)
    if (!set_property (network, option_set[i], error))
      return false;
  return true;
}

static LamNetwork *
open_network (const char *path, GError **error)
{
  if (!option_plain)
    return lam_network_open (path, error);
  g_autoptr (LamNetwork) network = lam_onnx_read (path, error);
  if (!network || !lam_network_check (network, error))
    return NULL;
  return g_steal_pointer (&network);
}

static bool
run (const LamCliCall *call, GError **error)
{
  const char *to = call->arguments[1];
  int64_t opset = 0;
  if (!lam_argument_integer ("--opset", option_opset,
          LAM_ONNX_MIN_WRITTEN_OPSET, LAM_ONNX_MAX_OPSET, &opset, error))
    return false;
  g_autoptr (LamNetwork) network = open_network (call->arguments[0], error);
  if (!network || !change_metadata (network, error)
      || !lam_output_check (to, NULL, call->force, error)
      || !lam_onnx_write (network, to, (int)opset, error))
    return false;
  if (call->json) {
    g_autoptr (JsonBuilder) json = json_builder_new ();
    json_builder_begin_object (json);
    lam_json_add_text (json, "path", to);
    lam_json_add_integer (json, "nodes", lam_network_get_n_nodes (network));
    json_builder_end_object (json);
    lam_json_print (json);
  } else {
    g_print (_ ("Wrote %s\n"), to);
  }
  return true;
}

const LamCommand lam_command_network_convert = {
  .name = "network convert",
  .title = N_ ("Writes a network again, simplified"),
  .usage = "IN OUT",
  .help =
      N_ ("IN and OUT are ONNX files. Constants are computed, half and double "
          "weights become float32, batch normalisation goes into weights, and "
          "what nothing uses is left out. Properties of the kind “classes” "
          "are typed with commas: --set lamella.classes=cell,vessel"),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .has_force = true,
  .run = run,
};
