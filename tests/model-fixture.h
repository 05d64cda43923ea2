/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Small networks of three classes, with random weights. */
#pragma once

#include <glib/gstdio.h>

#include "nn/metadata.h"
#include "nn/onnx-write.h"
#include "nn/preset.h"
#include "segment/model.h"

#define FIXTURE_FLAT "a = block image 6 6@1x5x5\nlogits = conv a classes@1x1x1"
#define FIXTURE_HALVING \
  "a = block image 4\nb = pool a\nc = block b 6\nd = pool c\ne = block d 8\n" \
  "f = up e 6\ng = block f c 6\nh = up g 4\ni = block h a 4\n" \
  "logits = conv i classes@1x1x1"
#define FIXTURE_DEEP \
  "a = block image 4@3x3x3\nb = pool a @2x2x2\nc = up b 4@2x2x2\n" \
  "logits = conv c a classes@3x3x3"

/* `name`: of a preset, or its path. */
static inline LamModel *
fixture_model_of (
    const char *name, uint64_t seed, const char *tile, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *onnx = NULL;
  int file = g_file_open_tmp ("lam-XXXXXX.onnx", &onnx, &failed);
  g_assert_no_error (failed);
  g_close (file, NULL);
  g_autoptr (LamPreset) preset = lam_preset_open (name, &failed);
  g_assert_no_error (failed);
  g_autoptr (LamNetwork) network = lam_preset_build (preset, 3, seed, &failed);
  g_assert_no_error (failed);
  if (tile)
    g_assert_true (
        lam_metadata_set_text (network, LAM_METADATA_TILE, tile, &failed));
  g_assert_true (lam_network_check (network, &failed));
  g_assert_true (lam_onnx_write (network, onnx, 0, &failed));
  g_assert_no_error (failed);
  LamModel *model = lam_model_open (onnx, error);
  g_remove (onnx);
  return model;
}

/* `norm`: as presets say it; with "none" what a voxel gets depends on its
 * neighbours only. `tile` (z, y, x): as if trained on it; or NULL. */
static inline LamModel *
fixture_model_with (const char *layers, const char *norm, uint64_t seed,
    const char *tile, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *text =
      g_strdup_printf ("[network]\nnorm = %s\n[layers]\n%s\n", norm, layers);
  g_autofree char *path = NULL;
  int file = g_file_open_tmp ("lam-XXXXXX.network", &path, &failed);
  g_assert_no_error (failed);
  g_close (file, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  LamModel *model = fixture_model_of (path, seed, tile, error);
  g_remove (path);
  return model;
}

static inline LamModel *
fixture_model (const char *layers, const char *tile, GError **error)
{
  return fixture_model_with (layers, "none", 1, tile, error);
}
