/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The built-in class sets. Names are data of the project, so they are not
 * translated: find_class() and the files of two people must agree on them. The
 * colours are those of Okabe and Ito (2008, "Color Universal Design"), which
 * stay distinct with each of the common kinds of colour blindness; what touches
 * in a platelet (body and core of a dense granule, cell and everything in it)
 * got pairs that differ in lightness too. */
#include <string.h>

#include "labels/class-table.h"

static const LamClass empty[] = {
  { .id = 0, .name = "background", .rgb = 0x808080 },
};

static const LamClass platelet[] = {
  { .id = 0, .name = "background", .rgb = 0x808080 },
  { .id = 1, .name = "cell", .rgb = 0x56b4e9, .key = 1, .has_instances = true },
  { .id = 2,
      .name = "mitochondrion",
      .rgb = 0xd55e00,
      .key = 2,
      .has_instances = true },
  { .id = 3,
      .name = "alpha granule",
      .rgb = 0x009e73,
      .key = 3,
      .has_instances = true },
  { .id = 4,
      .name = "canalicular vessel",
      .rgb = 0xf0e442,
      .key = 4,
      .has_instances = true },
  { .id = 5,
      .name = "dense granule body",
      .rgb = 0xcc79a7,
      .key = 5,
      .has_instances = true },
  { .id = 6,
      .name = "dense granule core",
      .rgb = 0x0072b2,
      .key = 6,
      .has_instances = true },
};

static const struct {
  const char *name;
  const LamClass *rows;
  size_t n_rows;
} presets[] = {
  { "platelet", platelet, G_N_ELEMENTS (platelet) },
  { "empty", empty, G_N_ELEMENTS (empty) },
};

const LamClass *
lam_class_preset_get (const char *name, size_t *n_classes)
{
  for (size_t i = 0; i < G_N_ELEMENTS (presets); i++)
    if (strcmp (name, presets[i].name) == 0) {
      *n_classes = presets[i].n_rows;
      return presets[i].rows;
    }
  *n_classes = 0;
  return NULL;
}
