/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Programs from the shader files that are linked into the library: one text
 * for OpenGL 3.3 core and OpenGL ES 3.0. All need a current context. */
#pragma once

#include <epoxy/gl.h>
#include <glib.h>
#include <stdbool.h>

/* Says what was found when it is too old. */
bool lam_shader_check_version (GError **error);
/* Compiles NAME.glsl. `attributes`: names at locations 0, 1, …,
 * ended by NULL. 0 with `error`. `defines`: lines put in front, or "". */
GLuint lam_shader_build (const char *name, const char *defines,
    const char *const *attributes, GError **error);
