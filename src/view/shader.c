/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/shader.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "lam-shaders.h"

#define FOLDER "/org/lamella/shaders/"

bool
lam_shader_check_version (GError **error)
{
  const bool desktop = epoxy_is_desktop_gl ();
  const int version = epoxy_gl_version ();
  if (version >= (desktop ? 33 : 30))
    return true;
  const char *renderer = (const char *)glGetString (GL_RENDERER);
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("OpenGL 3.3 or OpenGL ES 3.0 is needed to draw; this computer's "
         "driver (%s) has %s %d.%d"),
      renderer != NULL ? renderer : "?", desktop ? "OpenGL" : "OpenGL ES",
      version / 10, version % 10);
  return false;
}

static GBytes *
look_up (const char *name, GError **error)
{
  g_autofree char *path = g_strconcat (FOLDER, name, ".glsl", NULL);
  return g_resource_lookup_data (
      lam_shaders_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
}

static char *
make_head (GLenum stage, const char *defines)
{
  return g_strdup_printf ("%s#define %s\n%s",
      epoxy_is_desktop_gl () ? "#version 330 core\n"
                             : "#version 300 es\n"
                               "precision highp float;\n"
                               "precision highp int;\n",
      stage == GL_VERTEX_SHADER ? "LAM_VERTEX" : "LAM_FRAGMENT", defines);
}

static GLuint
compile (const char *name, GLenum stage, const char *defines, GError **error)
{
  g_autoptr (GBytes) body = look_up (name, error);
  if (body == NULL)
    return 0;
  g_autofree char *head = make_head (stage, defines);
  gsize n_bytes;
  const char *const parts[] = { head, g_bytes_get_data (body, &n_bytes) };
  const GLint lengths[] = { -1, (GLint)n_bytes };
  GLuint shader = glCreateShader (stage);
  glShaderSource (shader, G_N_ELEMENTS (parts), parts, lengths);
  glCompileShader (shader);
  GLint ok = GL_FALSE;
  glGetShaderiv (shader, GL_COMPILE_STATUS, &ok);
  if (ok)
    return shader;
  char log[2048] = "";
  glGetShaderInfoLog (shader, sizeof log, NULL, log);
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("The graphics driver (%s) refuses the %s shader %s: %s"),
      (const char *)glGetString (GL_VERSION),
      stage == GL_VERTEX_SHADER ? "vertex" : "fragment", name, log);
  glDeleteShader (shader);
  return 0;
}

static bool
link_program (GLuint program, const char *name, GError **error)
{
  glLinkProgram (program);
  GLint ok = GL_FALSE;
  glGetProgramiv (program, GL_LINK_STATUS, &ok);
  if (ok)
    return true;
  char log[2048] = "";
  glGetProgramInfoLog (program, sizeof log, NULL, log);
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("The graphics driver (%s) cannot link the program %s: %s"),
      (const char *)glGetString (GL_VERSION), name, log);
  return false;
}

GLuint
lam_shader_build (const char *name, const char *defines,
    const char *const *attributes, GError **error)
{
  const GLuint vertex = compile (name, GL_VERTEX_SHADER, defines, error);
  if (vertex == 0)
    return 0;
  const GLuint fragment = compile (name, GL_FRAGMENT_SHADER, defines, error);
  if (fragment == 0) {
    glDeleteShader (vertex);
    return 0;
  }
  GLuint program = glCreateProgram ();
  glAttachShader (program, vertex);
  glAttachShader (program, fragment);
  for (GLuint i = 0; attributes[i] != NULL; i++)
    glBindAttribLocation (program, i, attributes[i]);
  const bool ok = link_program (program, name, error);
  glDeleteShader (vertex);
  glDeleteShader (fragment);
  if (ok)
    return program;
  glDeleteProgram (program);
  return 0;
}
