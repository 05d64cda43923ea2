/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "workspace/shipped-models.h"

#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "workspace/models-resource.h"

#define FOLDER "/org/lamella/models/"
#define SUFFIX ".onnx"

static const LamShippedModel models[] = {
  { "platelets", N_ ("Blood platelets in block-face images") },
  { NULL },
};

const LamShippedModel *
lam_shipped_models_get_all (void)
{
  return models;
}

static bool
is_known (const char *name)
{
  for (const LamShippedModel *model = models; model->name; model++)
    if (strcmp (model->name, name) == 0)
      return true;
  return false;
}

static char *
list_names (void)
{
  GString *names = g_string_new (NULL);
  for (const LamShippedModel *model = models; model->name; model++)
    g_string_append_printf (
        names, "%s%s", model == models ? "" : ", ", model->name);
  return g_string_free (names, FALSE);
}

GBytes *
lam_shipped_models_read (const char *name, GError **error)
{
  if (!is_known (name)) {
    g_autofree char *names = list_names ();
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("no network “%s” comes with Lamella; there are %s"), name, names);
    return NULL;
  }
  g_autofree char *path = g_strconcat (FOLDER, name, SUFFIX, NULL);
  /* Through the resource itself, which also makes the linker keep it. */
  return g_resource_lookup_data (
      lam_models_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
}
