/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An OpenGL context without a window, through EGL: for snapshots and tests on a
 * machine with no display. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct _LamOffscreen LamOffscreen;

/* Makes a context (GL 3.3 core, else GLES 3.0) current in this thread. */
LamOffscreen *lam_offscreen_new (
    int width_px, int height_px, GError **error) G_GNUC_WARN_UNUSED_RESULT;
typedef enum {
  LAM_OFFSCREEN_ANY, /* GL if there is, else ES */
  LAM_OFFSCREEN_GL, /* 3.3 core */
  LAM_OFFSCREEN_ES, /* 3.0 */
} LamOffscreenApi;
/* The same with a chosen API; or sharing textures and programs with `share`
 * (NULL: with none), then of its API. */
LamOffscreen *lam_offscreen_new_with (LamOffscreenApi api, LamOffscreen *share,
    int width_px, int height_px, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_offscreen_free (LamOffscreen *offscreen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamOffscreen, lam_offscreen_free)

void lam_offscreen_make_current (LamOffscreen *offscreen);
unsigned lam_offscreen_get_framebuffer (LamOffscreen *offscreen);
/* width*height*4 bytes R, G, B, A, top row first. */
void lam_offscreen_read (LamOffscreen *offscreen, uint8_t *rgba);
