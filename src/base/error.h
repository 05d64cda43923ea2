/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Errors of every floor. A message names the file, layer or label, what was
 * found and what was needed. Cancelling is G_IO_ERROR_CANCELLED. */
#pragma once

#include <glib.h>

typedef enum {
  LAM_ERROR_MISSING, /* no such file, class, label, edit */
  LAM_ERROR_FORMAT, /* not the kind of file that was needed */
  LAM_ERROR_CORRUPT, /* the right kind of file, but damaged */
  LAM_ERROR_UNSUPPORTED, /* sound, but something we do not read */
  LAM_ERROR_LIMIT, /* a size above what is accepted */
  LAM_ERROR_NEEDS_CHANNEL, /* the caller must say which channel */
  LAM_ERROR_NEEDS_CHOICE, /* the caller must say which class */
  LAM_ERROR_INPUT, /* a wrong argument by the user */
  LAM_ERROR_READ_ONLY, /* cannot be written, or is open elsewhere */
  LAM_ERROR_NEWER, /* made by a newer version of the program */
  LAM_ERROR_MOVED, /* deleted or replaced while it was open */
  LAM_ERROR_IO, /* the system refused: disk full, read error */
  LAM_ERROR_CORRUPT_PART, /* damaged where it can be left out, if asked for */
} LamErrorCode;

#define LAM_ERROR (lam_error_quark ())
GQuark lam_error_quark (void);

/* What the message says of a file, whose path nobody knows, is said of what it
 * is a copy of. False: it says nothing of it. */
gboolean lam_error_rename_file (
    GError *error, const char *path, const char *shown);

static inline gboolean
lam_error_is_cancelled (const GError *error)
{
  /* By value, so that this header needs no GIO. */
  return error
      && error->domain == g_quark_from_static_string ("g-io-error-quark")
      && error->code == 19;
}
