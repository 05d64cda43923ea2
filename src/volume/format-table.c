/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The only list of formats. The first one whose probe says yes opens the
 * file. */

#include "volume/format.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "volume/format-tiff.h"
#include "volume/format-zarr.h"

#define PROBE_BYTES 64

static const LamFormat *const formats[] = {
  &lam_format_tiff,
  &lam_format_zarr,
  &lam_format_tiff_folder,
  NULL,
};

const LamFormat *const *
lam_format_get_all (void)
{
  return formats;
}

static bool
set_system_error (GError **error, const char *path, int code)
{
  g_set_error (error, LAM_ERROR,
      code == ENOENT || code == ENOTDIR ? LAM_ERROR_MISSING : LAM_ERROR_IO,
      _ ("Cannot open %s: %s"), path, g_strerror (code));
  return false;
}

/* Reads the first bytes of a regular file; a folder gives none. Anything else
 * (a pipe, a device) is refused before it can block. */
static bool
read_start (const char *path, bool *is_folder, uint8_t *bytes, size_t *n,
    GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return set_system_error (error, path, errno);
  struct stat status;
  ssize_t got = 0;
  bool ok = fstat (fd, &status) == 0;
  *is_folder = ok && S_ISDIR (status.st_mode);
  bool is_regular = ok && S_ISREG (status.st_mode);
  if (is_regular)
    got = pread (fd, bytes, PROBE_BYTES, 0);
  int code = errno;
  close (fd);
  if (!ok || got < 0)
    return set_system_error (error, path, code);
  if (!is_regular && !*is_folder) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is neither a file nor a folder"), path);
    return false;
  }
  *n = got;
  return true;
}

static char *
describe_formats (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (size_t i = 0; formats[i]; i++)
    g_string_append_printf (
        text, "%s%s", i > 0 ? ", " : "", _ (formats[i]->title));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LamSource *
lam_format_open (
    const char *path, const LamOpenOptions *options, GError **error)
{
  const LamOpenOptions defaults = LAM_OPEN_DEFAULTS;
  bool is_folder = false;
  uint8_t bytes[PROBE_BYTES];
  size_t n = 0;
  if (!read_start (path, &is_folder, bytes, &n, error))
    return NULL;
  if (!is_folder && n == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is empty: an image was needed"), path);
    return NULL;
  }
  for (size_t i = 0; formats[i]; i++)
    if (formats[i]->probe (path, is_folder, bytes, n)) {
      const LamOpenOptions *chosen = options ? options : &defaults;
      LamSource *source = formats[i]->open (path, chosen, error);
      if (source)
        source->info.channel = MAX (chosen->channel, 0);
      return source;
    }
  g_autofree char *known = describe_formats ();
  g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
      is_folder ? _ ("The folder %s holds no image that can be read (%s)")
                : _ ("%s is not an image that can be read (%s)"),
      path, known);
  return NULL;
}
