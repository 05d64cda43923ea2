/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/segment-input.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/class-choice.h"
#include "cli/cli.h"
#include "segment/proposal.h"
#include "volume/format.h"
#include "workspace/workspace.h"

static void
copy_classes (LamSegmentInput *input, const LamClassTable *classes)
{
  input->classes = lam_class_table_new ();
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++)
    lam_class_table_set_class (
        input->classes, lam_class_table_get_nth_class (classes, i));
}

/* The workspace finds images that were moved. */
static bool
read_project (LamSegmentInput *input, const char *path, char **image,
    int *channel, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (path, NULL, NULL, error);
  if (!workspace)
    return false;
  LamVolume *volume = lam_workspace_get_volume (workspace);
  if (!volume) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, "%s",
        lam_workspace_get_image_problem (workspace));
    return false;
  }
  *image = g_strdup (lam_volume_get_info (volume)->path);
  *channel = lam_volume_get_info (volume)->channel;
  if (lam_volume_knows_voxel_size (volume))
    memcpy (input->voxel_size_nm, lam_volume_get_voxel_size_nm (volume),
        sizeof input->voxel_size_nm);
  copy_classes (input, lam_workspace_get_classes (workspace));
  return true;
}

bool
lam_segment_input_open (
    LamSegmentInput *input, const char *path, int channel, GError **error)
{
  g_autofree char *image = NULL;
  bool is_project = g_str_has_suffix (path, ".lamella");
  if (is_project && channel >= 0)
    return lam_cli_usage_error (
        error, _ ("--channel is for images; a project has its own"));
  if (is_project && !read_project (input, path, &image, &channel, error))
    return false;
  const LamOpenOptions how = { .channel = channel };
  input->source = lam_format_open (image ? image : path, &how, error);
  if (!input->source)
    return false;
  if (!is_project)
    memcpy (input->voxel_size_nm,
        lam_source_get_info (input->source)->voxel_size_nm,
        sizeof input->voxel_size_nm);
  return true;
}

void
lam_segment_input_clear (LamSegmentInput *input)
{
  g_clear_pointer (&input->source, lam_source_unref);
  g_clear_pointer (&input->classes, lam_class_table_free);
}

static int
find_name (const LamModel *model, const char *name)
{
  int n = lam_model_get_n_classes (model);
  for (int i = 0; i < n; i++)
    if (strcmp (lam_model_get_class_name (model, i), name) == 0)
      return i;
  return -1;
}

/* "theirs=ours" */
static bool
take_pair (const LamSegmentInput *input, const LamModel *model,
    const char *text, const LamClass **rows, GError **error)
{
  const char *sign = strchr (text, '=');
  if (!sign)
    return lam_cli_usage_error (
        error, _ ("--map needs MODEL-CLASS=PROJECT-CLASS,…, not “%s”"), text);
  g_autofree char *theirs = g_strstrip (g_strndup (text, (gsize)(sign - text)));
  g_autofree char *ours = g_strstrip (g_strdup (sign + 1));
  int i = find_name (model, theirs);
  if (i < 0)
    return lam_cli_usage_error (
        error, _ ("--map: the model has no class “%s”"), theirs);
  rows[i] = lam_class_choice_find (input->classes, ours, error);
  return rows[i] != NULL;
}

static bool
parse_map (const LamSegmentInput *input, const LamModel *model, const char *map,
    const LamClass **rows, GError **error)
{
  g_auto (GStrv) pairs = g_strsplit (map ? map : "", ",", -1);
  for (int i = 0; pairs[i]; i++)
    if (!take_pair (input, model, pairs[i], rows, error))
      return false;
  return true;
}

static char *
list_classes (const LamClassTable *classes)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "",
        lam_class_table_get_nth_class (classes, i)->name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static bool
number_class (const LamSegmentInput *input, const LamModel *model, int i,
    const LamClass *row, uint8_t *number, GError **error)
{
  const char *name = lam_model_get_class_name (model, i);
  const char *path = lam_network_get_path (lam_model_get_network (model));
  if (!row)
    row = lam_class_table_find_class (input->classes, name);
  if (!row) {
    g_autofree char *known = list_classes (input->classes);
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has a class “%s”, but the project's classes are: %s; say which "
           "of them it is by --map \"%s=CLASS\""),
        path, name, known, name);
    return false;
  }
  if (row->id >= LAM_PROPOSAL_UNKNOWN) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("The project's class “%s” has the number %d; those up to %d can be "
           "written"),
        row->name, row->id, LAM_PROPOSAL_UNKNOWN - 1);
    return false;
  }
  *number = (uint8_t)row->id;
  return true;
}

bool
lam_segment_input_number_classes (const LamSegmentInput *input,
    const LamModel *model, const char *map, uint8_t numbers[256],
    GError **error)
{
  const LamClass *rows[256] = { NULL };
  for (int i = 0; i < 256; i++)
    numbers[i] = (uint8_t)i;
  if (!input->classes && map)
    return lam_cli_usage_error (error, _ ("--map is for projects"));
  if (!input->classes)
    return true;
  if (map && !parse_map (input, model, map, rows, error))
    return false;
  int n = lam_model_get_n_classes (model);
  for (int i = 0; i < n; i++)
    if (!number_class (input, model, i, rows[i], &numbers[i], error))
      return false;
  return true;
}
