/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/augment.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "segment/augment-rows.h"

static const LamAugment *const table[] = {
  &lam_augment_flip,
  &lam_augment_rotate,
  &lam_augment_turn,
  &lam_augment_elastic,
  &lam_augment_misaligned_sections,
  &lam_augment_brightness,
  &lam_augment_contrast,
  &lam_augment_gamma,
  &lam_augment_blur,
  &lam_augment_noise,
  &lam_augment_missing_section,
  NULL,
};
G_STATIC_ASSERT (G_N_ELEMENTS (table) - 1 <= LAM_AUGMENT_MAX_KINDS);

const LamAugment *const *
lam_augment_get_all (void)
{
  return table;
}

void
lam_augmentation_init (LamAugmentation *augmentation)
{
  *augmentation = (LamAugmentation){ 0 };
  for (int i = 0; table[i]; i++)
    for (int j = 0; j < LAM_AUGMENT_MAX_PARAMETERS; j++)
      augmentation->values[i][j] = table[i]->parameters[j].standard;
}

static bool
set_number (double *to, const char *value, double least, double most,
    const char *unit, char **why)
{
  char *end;
  double number = g_ascii_strtod (value, &end);
  if (end != value && !*end && number >= least && number <= most) {
    *to = number;
    return true;
  }
  *why = g_strdup_printf (_ ("a number from %g to %g%s%s is needed, not “%s”"),
      least, most, *unit ? " " : "", unit, value);
  return false;
}

bool
lam_augmentation_set (LamAugmentation *augmentation, const char *key,
    const char *value, char **why)
{
  g_autoptr (GString) known = g_string_new (NULL);
  const char *dot = strchr (key, '.');
  for (int i = 0; table[i]; i++) {
    size_t n = strlen (table[i]->name);
    g_string_append_printf (known, "%s%s", i ? ", " : "", table[i]->name);
    if (strncmp (key, table[i]->name, n) != 0 || (key[n] && key + n != dot))
      continue;
    if (!dot)
      return set_number (&augmentation->chance[i], value, 0, 1, "", why);
    for (int j = 0; j < LAM_AUGMENT_MAX_PARAMETERS; j++) {
      const LamAugmentParameter *row = &table[i]->parameters[j];
      if (row->name && strcmp (row->name, dot + 1) == 0)
        return set_number (&augmentation->values[i][j], value, row->least,
            row->most, row->unit, why);
    }
  }
  *why = g_strdup_printf (
      _ ("there is no augmentation “%s”; there are %s"), key, known->str);
  return false;
}

void
lam_augmentation_apply (const LamAugmentation *augmentation, LamPatch *patch,
    bool is_isotropic, LamRandom *random)
{
  for (int i = 0; table[i]; i++) {
    /* The dice are thrown for each row, so that switching one off does not
     * change the others. */
    LamRandom own = lam_random_new (
        (uint64_t)lam_random_u32 (random) << 32 | lam_random_u32 (random),
        (uint64_t)i);
    if (lam_random_unit (&own) < augmentation->chance[i])
      table[i]->apply (patch, augmentation->values[i], is_isotropic, &own);
  }
}
