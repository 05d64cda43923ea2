/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/class-suggest.h"

#include <gtk/gtk.h>

#define N_KEYS 9

static int
find_free_key (const LamClassTable *classes)
{
  bool taken[N_KEYS + 1] = { false };
  size_t n = lam_class_table_get_n_classes (classes);
  for (size_t i = 0; i < n; i++) {
    int key = lam_class_table_get_nth_class (classes, i)->key;
    if (key >= 0 && key <= N_KEYS)
      taken[key] = true;
  }
  for (int key = 1; key <= N_KEYS; key++)
    if (!taken[key])
      return key;
  return 0;
}

/* Hues a golden angle apart. */
static uint32_t
suggest_rgb (int32_t id)
{
  float r, g, b;
  gtk_hsv_to_rgb ((float)((id * 137) % 360) / 360.f, 0.7f, 0.9f, &r, &g, &b);
  return (uint32_t)(r * 255.f) << 16 | (uint32_t)(g * 255.f) << 8
      | (uint32_t)(b * 255.f);
}

LamClass
lam_class_suggest (const LamClassTable *classes)
{
  return (LamClass){
    .rgb = suggest_rgb (lam_class_table_get_next_class (classes)),
    .key = find_free_key (classes),
    .has_instances = true,
  };
}
