/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A path is walked one name at a time with O_NOFOLLOW from a folder that is
 * held open, so a link that is put in place meanwhile is not followed either.
 */
#include "volume/zarr-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "volume/json-text.h"

#define MAX_JSON_BYTES (4 << 20)

static bool
is_plain_name (const char *name, size_t n)
{
  return n > 0 && n < 256 && !(n == 1 && name[0] == '.')
      && !(n == 2 && name[0] == '.' && name[1] == '.');
}

int
lam_zarr_file_open (int root, const char *path, int flags)
{
  int folder = root, fd = -1;
  for (;;) {
    const char *slash = strchrnul (path, '/');
    size_t n = (size_t)(slash - path);
    char name[256];
    if (!is_plain_name (path, n)) {
      errno = EINVAL;
      fd = -1;
    } else {
      memcpy (name, path, n);
      name[n] = '\0';
      int how = *slash ? O_RDONLY | O_DIRECTORY : flags;
      fd = openat (folder, name, how | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    }
    int code = errno;
    if (folder != root)
      close (folder);
    errno = code;
    if (fd < 0 || !*slash)
      return fd;
    folder = fd;
    path = slash + 1;
  }
}

bool
lam_zarr_file_exists (int root, const char *path)
{
  int fd = lam_zarr_file_open (root, path, O_RDONLY);
  struct stat status;
  bool exists = fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode);
  if (fd >= 0)
    close (fd);
  return exists;
}

static bool
set_error (GError **error, const char *path, int code)
{
  g_set_error (error, LAM_ERROR,
      code == ELOOP || code == EINVAL ? LAM_ERROR_CORRUPT : LAM_ERROR_IO,
      code == ELOOP
          ? _ ("%s is a link; links inside of an image folder are not followed")
          : _ ("Cannot read %s: %s"),
      path, g_strerror (code));
  return false;
}

static bool
read_all (int fd, uint8_t *data, size_t n)
{
  size_t done = 0;
  while (done < n) {
    ssize_t got = read (fd, data + done, n - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      errno = EIO;
    if (got <= 0)
      return false;
    done += (size_t)got;
  }
  return true;
}

bool
lam_zarr_file_read (int root, const char *path, int64_t max_bytes,
    uint8_t **data, size_t *n, GError **error)
{
  *data = NULL;
  *n = 0;
  int fd = lam_zarr_file_open (root, path, O_RDONLY);
  if (fd < 0)
    return errno == ENOENT || set_error (error, path, errno);
  struct stat status;
  bool done = fstat (fd, &status) == 0;
  if (done && !S_ISREG (status.st_mode)) {
    errno = EINVAL;
    done = false;
  }
  if (done && status.st_size > max_bytes) {
    close (fd);
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s has %" G_GINT64_FORMAT " bytes; at most %" G_GINT64_FORMAT
           " were expected"),
        path, (gint64)status.st_size, (gint64)max_bytes);
    return false;
  }
  if (done) {
    *n = (size_t)status.st_size;
    *data = g_malloc (*n + 1);
    done = read_all (fd, *data, *n);
  }
  int code = errno;
  close (fd);
  if (done)
    return true;
  g_clear_pointer (data, g_free);
  return set_error (error, path, code);
}

JsonNode *
lam_zarr_file_read_json (int root, const char *path, GError **error)
{
  g_autofree uint8_t *data = NULL;
  size_t n;
  if (!lam_zarr_file_read (root, path, MAX_JSON_BYTES, &data, &n, error)
      || !data)
    return NULL;
  g_autoptr (GError) reason = NULL;
  JsonNode *node = lam_json_parse_object ((const char *)data, n, &reason);
  if (!node)
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s is not a JSON object: %s"), path, reason->message);
  return node;
}

static JsonNode *
get_member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;
  return node && json_node_get_node_type (node) == type ? node : NULL;
}

JsonObject *
lam_json_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_OBJECT);
  return node ? json_node_get_object (node) : NULL;
}

JsonArray *
lam_json_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_ARRAY);
  return node ? json_node_get_array (node) : NULL;
}

const char *
lam_json_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_VALUE);
  return node && json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_get_string (node)
      : NULL;
}

bool
lam_json_get_number (JsonNode *node, double *value)
{
  if (!node || !JSON_NODE_HOLDS_VALUE (node))
    return false;
  GType type = json_node_get_value_type (node);
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return false;
  *value = json_node_get_double (node);
  return true;
}

JsonObject *
lam_json_array_get_object (JsonArray *array, guint index)
{
  if (!array || index >= json_array_get_length (array))
    return NULL;
  JsonNode *node = json_array_get_element (array, index);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}
