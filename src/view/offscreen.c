/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* EGL without a window system: Mesa's surfaceless platform first, then the
 * device platform (drivers without Mesa), then whatever EGL calls its default
 * display. A display is initialised once a process and never terminated,
 * because eglTerminate would take it from every other context of the process
 * as well. */
#include "view/offscreen.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"

#define MAX_DEVICES 16

struct _LamOffscreen {
  EGLDisplay display;
  EGLContext context;
  LamOffscreenApi api; /* GL or ES */
  int width_px, height_px;
  GLuint texture, framebuffer;
};

static const struct {
  LamOffscreenApi name;
  EGLenum api;
  EGLint major, minor;
  EGLint profile_key, profile;
} wishes[] = {
  { LAM_OFFSCREEN_GL, EGL_OPENGL_API, 3, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
      EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT },
  { LAM_OFFSCREEN_ES, EGL_OPENGL_ES_API, 3, 0, EGL_NONE, EGL_NONE },
};

static EGLDisplay
initialised (EGLDisplay display)
{
  EGLint major, minor;
  if (display == EGL_NO_DISPLAY)
    return EGL_NO_DISPLAY;
  return eglInitialize (display, &major, &minor) ? display : EGL_NO_DISPLAY;
}

static EGLDisplay
open_device (const char *extensions)
{
  EGLDeviceEXT devices[MAX_DEVICES];
  EGLint n_devices = 0;
  if (strstr (extensions, "EGL_EXT_platform_device") == NULL
      || strstr (extensions, "EGL_EXT_device_enumeration") == NULL
      || !eglQueryDevicesEXT (MAX_DEVICES, devices, &n_devices))
    return EGL_NO_DISPLAY;
  for (EGLint i = 0; i < n_devices; i++) {
    EGLDisplay display = initialised (
        eglGetPlatformDisplayEXT (EGL_PLATFORM_DEVICE_EXT, devices[i], NULL));
    if (display != EGL_NO_DISPLAY)
      return display;
  }
  return EGL_NO_DISPLAY;
}

static EGLDisplay
open_display (void)
{
  const char *extensions = eglQueryString (EGL_NO_DISPLAY, EGL_EXTENSIONS);
  EGLDisplay display = EGL_NO_DISPLAY;
  if (extensions != NULL
      && strstr (extensions, "EGL_MESA_platform_surfaceless") != NULL
      && strstr (extensions, "EGL_EXT_platform_base") != NULL)
    display = initialised (eglGetPlatformDisplayEXT (
        EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL));
  if (display == EGL_NO_DISPLAY && extensions != NULL)
    display = open_device (extensions);
  if (display == EGL_NO_DISPLAY)
    display = initialised (eglGetDisplay (EGL_DEFAULT_DISPLAY));
  return display;
}

static bool
choose_config (EGLDisplay display, EGLConfig *config)
{
  const EGLint wanted[] = { EGL_SURFACE_TYPE, 0, EGL_NONE };
  EGLint n_configs = 0;
  *config = EGL_NO_CONFIG_KHR;
  if (epoxy_has_egl_extension (display, "EGL_KHR_no_config_context"))
    return true;
  return eglChooseConfig (display, wanted, config, 1, &n_configs)
      && n_configs > 0;
}

/* Makes the first context that can be had current. */
static bool
make_context (LamOffscreen *offscreen, LamOffscreenApi api, EGLContext share)
{
  EGLDisplay display = offscreen->display;
  EGLConfig config;
  for (size_t i = 0; i < G_N_ELEMENTS (wishes); i++) {
    const EGLint attributes[] = { EGL_CONTEXT_MAJOR_VERSION, wishes[i].major,
      EGL_CONTEXT_MINOR_VERSION, wishes[i].minor, wishes[i].profile_key,
      wishes[i].profile, EGL_NONE };
    if ((api != LAM_OFFSCREEN_ANY && api != wishes[i].name)
        || !eglBindAPI (wishes[i].api) || !choose_config (display, &config))
      continue;
    EGLContext context = eglCreateContext (display, config, share, attributes);
    if (context == EGL_NO_CONTEXT)
      continue;
    if (eglMakeCurrent (display, EGL_NO_SURFACE, EGL_NO_SURFACE, context)) {
      offscreen->context = context;
      offscreen->api = wishes[i].name;
      return true;
    }
    eglDestroyContext (display, context);
  }
  return false;
}

static bool
make_framebuffer (LamOffscreen *offscreen, GError **error)
{
  GLint limit = 0;
  glGetIntegerv (GL_MAX_TEXTURE_SIZE, &limit);
  if (offscreen->width_px > limit || offscreen->height_px > limit) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("A picture of %d×%d pixels was asked for; OpenGL here makes at most "
           "%d×%d"),
        offscreen->width_px, offscreen->height_px, limit, limit);
    return false;
  }
  glGenTextures (1, &offscreen->texture);
  glBindTexture (GL_TEXTURE_2D, offscreen->texture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, offscreen->width_px,
      offscreen->height_px, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glBindTexture (GL_TEXTURE_2D, 0);
  glGenFramebuffers (1, &offscreen->framebuffer);
  glBindFramebuffer (GL_FRAMEBUFFER, offscreen->framebuffer);
  glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
      offscreen->texture, 0);
  const GLenum status = glCheckFramebufferStatus (GL_FRAMEBUFFER);
  if (status != GL_FRAMEBUFFER_COMPLETE) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("OpenGL cannot draw off-screen into %d×%d pixels (status 0x%x)"),
        offscreen->width_px, offscreen->height_px, status);
    return false;
  }
  glClearColor (0, 0, 0, 1);
  glClear (GL_COLOR_BUFFER_BIT);
  return true;
}

LamOffscreen *
lam_offscreen_new_with (LamOffscreenApi api, LamOffscreen *share, int width_px,
    int height_px, GError **error)
{
  g_return_val_if_fail (width_px > 0 && height_px > 0, NULL);
  g_autoptr (LamOffscreen) offscreen = g_new0 (LamOffscreen, 1);
  offscreen->width_px = width_px;
  offscreen->height_px = height_px;
  offscreen->context = EGL_NO_CONTEXT;
  offscreen->display = share != NULL ? share->display : open_display ();
  if (offscreen->display == EGL_NO_DISPLAY) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("No EGL display could be opened for off-screen drawing (EGL error "
           "0x%x); Mesa's EGL driver is needed"),
        (unsigned)eglGetError ());
    return NULL;
  }
  if (!make_context (offscreen, share != NULL ? share->api : api,
          share != NULL ? share->context : EGL_NO_CONTEXT)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("EGL (%s) gives neither OpenGL 3.3 nor OpenGL ES 3.0 without a "
           "window (EGL error 0x%x)"),
        eglQueryString (offscreen->display, EGL_VENDOR),
        (unsigned)eglGetError ());
    return NULL;
  }
  if (!make_framebuffer (offscreen, error))
    return NULL;
  return g_steal_pointer (&offscreen);
}

LamOffscreen *
lam_offscreen_new (int width_px, int height_px, GError **error)
{
  return lam_offscreen_new_with (
      LAM_OFFSCREEN_ANY, NULL, width_px, height_px, error);
}

void
lam_offscreen_make_current (LamOffscreen *offscreen)
{
  eglBindAPI (
      offscreen->api == LAM_OFFSCREEN_ES ? EGL_OPENGL_ES_API : EGL_OPENGL_API);
  eglMakeCurrent (
      offscreen->display, EGL_NO_SURFACE, EGL_NO_SURFACE, offscreen->context);
}

void
lam_offscreen_free (LamOffscreen *offscreen)
{
  if (offscreen == NULL)
    return;
  if (offscreen->context != EGL_NO_CONTEXT) {
    lam_offscreen_make_current (offscreen);
    glDeleteFramebuffers (1, &offscreen->framebuffer);
    glDeleteTextures (1, &offscreen->texture);
    eglMakeCurrent (
        offscreen->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext (offscreen->display, offscreen->context);
  }
  g_free (offscreen);
}

unsigned
lam_offscreen_get_framebuffer (LamOffscreen *offscreen)
{
  return offscreen->framebuffer;
}

void
lam_offscreen_read (LamOffscreen *offscreen, uint8_t *rgba)
{
  const size_t row_bytes = (size_t)offscreen->width_px * 4;
  const int height = offscreen->height_px;
  g_autofree uint8_t *swap = g_malloc (row_bytes);
  glBindFramebuffer (GL_FRAMEBUFFER, offscreen->framebuffer);
  glPixelStorei (GL_PACK_ALIGNMENT, 4);
  glPixelStorei (GL_PACK_ROW_LENGTH, 0);
  glReadPixels (
      0, 0, offscreen->width_px, height, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
  /* OpenGL gives the bottom row first. */
  for (int y = 0; y < height / 2; y++) {
    uint8_t *top = rgba + (size_t)y * row_bytes;
    uint8_t *bottom = rgba + (size_t)(height - 1 - y) * row_bytes;
    memcpy (swap, top, row_bytes);
    memcpy (top, bottom, row_bytes);
    memcpy (bottom, swap, row_bytes);
  }
}
