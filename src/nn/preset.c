/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/preset.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/networks.h"
#include "nn/preset-layers.h"

#define SUFFIX ".network"
#define FOLDER "/org/lamella/networks/"

struct _LamPreset {
  LamKeyText *text; /* Owned */
};

static const char *const names[] = {
  "unet-small",
  "unet-local",
  "unet2d",
  "hybrid2d3d",
  "unet3d",
  NULL,
};

const char *const *
lam_preset_get_names (void)
{
  return names;
}

static LamKeyText *
read_built_in (const char *name, GError **error)
{
  if (!g_strv_contains (names, name)) {
    g_autofree char *all = g_strjoinv (", ", (char **)names);
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("there is no preset “%s”; there are %s, or give the path of a file "
           "that ends in %s"),
        name, all, SUFFIX);
    return NULL;
  }
  g_autofree char *path = g_strconcat (FOLDER, name, SUFFIX, NULL);
  /* Through the resource itself, which also makes the linker keep it. */
  g_autoptr (GBytes) bytes = g_resource_lookup_data (
      lam_networks_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_assert (bytes);
  gsize n;
  const char *text = g_bytes_get_data (bytes, &n);
  g_autofree char *shown = g_strconcat (name, SUFFIX, NULL);
  return lam_key_text_parse (shown, text, n, error);
}

/* Sections that are read, here or on the floors above. */
static bool
check_sections (const LamKeyText *text, GError **error)
{
  static const char *const known[] = { "network", "layers", "training",
    "augmentation", NULL };
  for (int i = 0; i < lam_key_text_get_n_lines (text); i++) {
    const LamKeyLine *line = lam_key_text_get_line (text, i);
    bool is_title = !*line->section && strcmp (line->key, "title") == 0;
    if (!is_title && !g_strv_contains (known, line->section))
      return lam_key_text_fail (text, line, error,
          *line->section
              ? _ ("there is no section [%s]; there are network, layers, "
                   "training, augmentation")
              : _ ("only “title” stands before the first section%s"),
          line->section);
  }
  return true;
}

LamPreset *
lam_preset_open (const char *name, GError **error)
{
  bool is_path = strchr (name, '/') || g_str_has_suffix (name, SUFFIX);
  g_autoptr (LamPreset) preset = g_new0 (LamPreset, 1);
  preset->text =
      is_path ? lam_key_text_read (name, error) : read_built_in (name, error);
  if (!preset->text || !check_sections (preset->text, error))
    return NULL;
  /* Tried once, so that what is wrong with it is said now. */
  g_autoptr (LamNetwork) trial =
      lam_preset_layers_build (preset->text, 2, 1, error);
  return trial ? g_steal_pointer (&preset) : NULL;
}

void
lam_preset_free (LamPreset *preset)
{
  if (!preset)
    return;
  lam_key_text_free (preset->text);
  g_free (preset);
}

static const char *
get_title (const LamKeyText *text)
{
  const LamKeyLine *line = lam_key_text_find (text, "", "title");
  return line ? line->value : lam_key_text_get_path (text);
}

const char *
lam_preset_get_title (const LamPreset *preset)
{
  return get_title (preset->text);
}

char *
lam_preset_dup_title (const char *name)
{
  g_autoptr (LamKeyText) text = read_built_in (name, NULL);
  return text ? g_strdup (get_title (text)) : NULL;
}

const LamKeyText *
lam_preset_get_text (const LamPreset *preset)
{
  return preset->text;
}

LamNetwork *
lam_preset_build (
    const LamPreset *preset, int n_classes, uint64_t seed, GError **error)
{
  return lam_preset_layers_build (preset->text, n_classes, seed, error);
}
