/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/training-presets.h"

#include "nn/preset.h"

const char *const *
lam_training_presets_get (void)
{
  return lam_preset_get_names ();
}

char *
lam_training_presets_dup_title (const char *name)
{
  g_autofree char *title = lam_preset_dup_title (name);
  return title ? g_steal_pointer (&title) : g_strdup (name);
}
