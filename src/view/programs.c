/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/programs.h"

struct _LamPrograms {
  LamSliceLayer *slice_layers[2]; /* Owned or NULL; by whether split */
  LamOverlayLayer *overlay_layer; /* Owned or NULL */
};

LamPrograms *
lam_programs_new (void)
{
  return g_new0 (LamPrograms, 1);
}

void
lam_programs_free (LamPrograms *programs)
{
  lam_programs_clear (programs, false);
  g_free (programs);
}

void
lam_programs_clear (LamPrograms *programs, bool lost)
{
  for (int i = 0; i < 2; i++)
    lam_slice_layer_free (g_steal_pointer (&programs->slice_layers[i]), lost);
  lam_overlay_layer_free (g_steal_pointer (&programs->overlay_layer), lost);
}

LamSliceLayer *
lam_programs_get_slice_layer (LamPrograms *programs, bool split, GError **error)
{
  if (!programs->slice_layers[split])
    programs->slice_layers[split] = lam_slice_layer_new (split, error);
  return programs->slice_layers[split];
}

LamOverlayLayer *
lam_programs_get_overlay_layer (LamPrograms *programs, GError **error)
{
  if (!programs->overlay_layer)
    programs->overlay_layer = lam_overlay_layer_new (error);
  return programs->overlay_layer;
}
