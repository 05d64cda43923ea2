/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* project info: what a project holds. */
#include <glib/gi18n-lib.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"

static void
add_image (JsonBuilder *json, const LamVolumeRow *row)
{
  json_builder_set_member_name (json, "image");
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", row->path);
  lam_json_add_triple (json, "size", row->size);
  lam_json_add_text (json, "dtype", row->dtype);
  lam_json_add_lengths (json, "voxel_size_nm", row->voxel_size_nm);
  lam_json_add_integer (json, "channel", row->channel);
  json_builder_end_object (json);
}

static void
print_json (LamStore *store, GVariant *counts)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  GVariantIter iter;
  const char *table;
  gint64 n;
  json_builder_begin_object (json);
  g_variant_iter_init (&iter, counts);
  while (g_variant_iter_next (&iter, "{&sx}", &table, &n))
    lam_json_add_integer (json, table, n);
  lam_json_add_text (json, "path", lam_store_get_path (store));
  lam_json_add_text (json, "read_only", lam_store_get_read_only_reason (store));
  add_image (json, lam_store_get_volume (store));
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
print_text (LamStore *store, GVariant *counts)
{
  const LamVolumeRow *row = lam_store_get_volume (store);
  g_print ("%s\n", lam_store_get_path (store));
  if (lam_store_get_read_only_reason (store))
    g_print ("  %s\n", lam_store_get_read_only_reason (store));
  g_print (_ ("  image       %s\n"), row->path);
  g_print (_ ("  size        %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
              " × %" G_GINT64_FORMAT " voxels, %s\n"),
      row->size[0], row->size[1], row->size[2], row->dtype);
  GVariantIter iter;
  const char *table;
  gint64 n;
  g_variant_iter_init (&iter, counts);
  while (g_variant_iter_next (&iter, "{&sx}", &table, &n))
    g_print ("  %-10s  %" G_GINT64_FORMAT "\n", table, n);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (GVariant) counts = store ? lam_store_count (store, error) : NULL;
  if (!counts)
    return false;
  if (call->json)
    print_json (store, counts);
  else
    print_text (store, counts);
  return true;
}

const LamCommand lam_command_project_info = {
  .name = "project info",
  .title = N_ ("Says what a project holds"),
  .usage = "PROJECT",
  .help = N_ ("Counts the rows of each table of the project."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .run = run,
};
