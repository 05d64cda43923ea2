/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/window-source.h"

typedef struct {
  LamSource source;
  LamSource *whole; /* Owned */
  LamBox box;
} WindowSource;

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const WindowSource *window = (const WindowSource *)source;
  LamBox moved = *box;
  for (int i = 0; i < 3; i++) {
    moved.min[i] += window->box.min[i];
    moved.max[i] += window->box.min[i];
  }
  return lam_source_read_box (
      window->whole, 0, &moved, out, cancellable, error);
}

static void
window_free (LamSource *source)
{
  WindowSource *window = (WindowSource *)source;
  lam_source_unref (window->whole);
  g_free (window);
}

LamSource *
lam_window_source_new (LamSource *whole, const LamBox *box)
{
  static const LamSourceMethods methods = { read_box, window_free };
  const LamSourceInfo *from = lam_source_get_info (whole);
  WindowSource *window = g_new0 (WindowSource, 1);
  lam_source_init (&window->source, &methods, from->path);
  window->whole = lam_source_ref (whole);
  window->box = *box;
  LamSourceInfo *info = &window->source.info;
  char *path = info->path;
  *info = *from;
  info->path = path;
  info->note = NULL; /* owned by the whole, and no word about a part of it */
  info->n_levels = 1;
  for (int i = 0; i < 3; i++) {
    info->levels[0].size[i] = box->max[i] - box->min[i];
    info->levels[0].factor[i] = 1;
    info->chunk[i] = CLAMP (info->chunk[i], 1, info->levels[0].size[i]);
  }
  return &window->source;
}
