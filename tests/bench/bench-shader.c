/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* CPU time of a whole frame of a slice pane (image, labels, outlines, marks)
 * against that of one textured quad of the same size; on a software renderer
 * that is the shader's cost. The two take turns. */
#include "view-bench.h"

#define ROUNDS 25

static GLuint
compile (GLenum stage, const char *body)
{
  const char *const parts[] = { epoxy_is_desktop_gl ()
        ? "#version 330 core\n"
        : "#version 300 es\nprecision highp float;\n",
    stage == GL_VERTEX_SHADER ? "#define LAM_VERTEX\n"
                              : "#define LAM_FRAGMENT\n",
    body };
  const GLuint shader = glCreateShader (stage);
  glShaderSource (shader, G_N_ELEMENTS (parts), parts, NULL);
  glCompileShader (shader);
  return shader;
}

static GLuint
make_quad_program (void)
{
  g_autofree char *body = NULL;
  g_autoptr (GError) error = NULL;
  if (!g_file_get_contents (LAM_BENCH_DIR "/quad.glsl", &body, NULL, &error))
    g_error ("%s", error->message);
  const GLuint program = glCreateProgram ();
  glAttachShader (program, compile (GL_VERTEX_SHADER, body));
  glAttachShader (program, compile (GL_FRAGMENT_SHADER, body));
  glLinkProgram (program);
  GLint ok = 0;
  glGetProgramiv (program, GL_LINK_STATUS, &ok);
  if (!ok)
    g_error ("quad.glsl does not link");
  return program;
}

static GLuint
make_picture (void)
{
  GLuint texture;
  const size_t n = (size_t)BENCH_WIDTH * BENCH_HEIGHT * 4;
  g_autofree uint8_t *pixels = g_malloc (n);
  for (size_t i = 0; i < n; i++)
    pixels[i] = (uint8_t)(i * 7 / 3);
  glGenTextures (1, &texture);
  glBindTexture (GL_TEXTURE_2D, texture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, BENCH_WIDTH, BENCH_HEIGHT, 0,
      GL_RGBA, GL_UNSIGNED_BYTE, pixels);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  return texture;
}

static double
draw_quad (const Fixture *fixture, GLuint program, GLuint array, GLuint picture)
{
  const double start = bench_cpu_ms ();
  glBindFramebuffer (
      GL_FRAMEBUFFER, lam_offscreen_get_framebuffer (fixture->offscreen));
  glViewport (0, 0, BENCH_WIDTH, BENCH_HEIGHT);
  glUseProgram (program);
  glBindVertexArray (array);
  glActiveTexture (GL_TEXTURE0);
  glBindTexture (GL_TEXTURE_2D, picture);
  glDrawArrays (GL_TRIANGLE_STRIP, 0, 4);
  glFinish ();
  return bench_cpu_ms () - start;
}

/* A look that differs from frame to frame composes the whole picture. */
static double
draw_pane (
    Fixture *fixture, LamPane *pane, const LamCamera *camera, LamLook *look)
{
  const double start = bench_cpu_ms ();
  look->high += 1e-6;
  lam_pane_set_slice (pane, camera, look, NULL);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  glFinish ();
  return bench_cpu_ms () - start;
}

static void
race (LamDtype dtype, double px, const char *what)
{
  Fixture *fixture = bench_fixture (dtype);
  if (fixture == NULL)
    exit (77);
  const LamCamera camera = bench_camera (fixture, px);
  LamLook look = fixture_look (fixture);
  look.show_crosshair = true;
  memcpy (look.crosshair_nm, camera.centre_nm, sizeof look.crosshair_nm);
  LamPane *pane = lam_pane_new (fixture->renderer);
  lam_pane_set_slice (pane, &camera, &look, NULL);
  if (!fixture_finish (fixture, pane))
    g_error ("tiles are missing");
  const GLuint program = make_quad_program (), picture = make_picture ();
  GLuint array;
  glGenVertexArrays (1, &array);
  double ours[ROUNDS], peer[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    peer[i] = draw_quad (fixture, program, array, picture);
    ours[i] = draw_pane (fixture, pane, &camera, &look);
  }
  const double a = bench_median (ours, ROUNDS), b = bench_median (peer, ROUNDS);
  printf ("shader (%s): ours %.1f ms, peer %.1f ms, ratio %.2f (to reach "
          "2.5 or less)\n",
      what, a, b, a / b);
  lam_pane_free (pane);
  glDeleteVertexArrays (1, &array);
  glDeleteTextures (1, &picture);
  glDeleteProgram (program);
  fixture_free (fixture);
}

int
main (void)
{
  race (LAM_DTYPE_U8, 1, "u8, one voxel a pixel");
  race (LAM_DTYPE_U8, 3.3, "u8, 3.3 pixels a voxel");
  race (LAM_DTYPE_U16, 1, "u16, one voxel a pixel");
  return 0;
}
