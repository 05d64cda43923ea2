/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* OME-Zarr 0.4 (ngff.openmicroscopy.org/0.4): .zattrs of a group lists the
 * arrays of one image, finest first, the names and units of their axes, and the
 * size of a voxel of each. LamZarrAxes may stand in any order. A level whose
 * voxels are not a power of two of the finest is left out, with all that
 * follow. */
#include "volume/format-zarr.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "volume/zarr-array.h"
#include "volume/zarr-axes.h"
#include "volume/zarr-file.h"

#include <glib/gi18n-lib.h>

#define MAX_CHANNELS 100000

typedef struct {
  LamSource parent;
  LamZarrAxes axes;
  LamZarrArray *arrays[LAM_MAX_LEVELS]; /* Owned */
  /* Chosen places on the other axes. */
  int64_t fixed[LAM_ZARR_MAX_DIMS];
} ZarrSource;

static void
zarr_free (LamSource *source)
{
  ZarrSource *zarr = (ZarrSource *)source;
  for (int i = 0; i < LAM_MAX_LEVELS; i++)
    g_clear_pointer (&zarr->arrays[i], lam_zarr_array_free);
  g_free (zarr);
}

/* A chunk and where its voxels go. */
typedef struct {
  const LamZarrArrayInfo *info;
  int64_t stride[3]; /* voxels of the chunk from one x, y, z to the next */
  int64_t start; /* of the chosen places in the chunk */
  size_t bytes;
} Layout;

static void
copy_part (const Layout *layout, const char *chunk, const LamBox *chunk_box,
    char *out, const LamBox *box)
{
  LamBox common = lam_box_intersect (chunk_box, box);
  const size_t b = layout->bytes;
  int64_t n = common.max[0] - common.min[0];
  for (int64_t z = common.min[2]; z < common.max[2]; z++)
    for (int64_t y = common.min[1]; y < common.max[1]; y++) {
      int64_t from = layout->start + (z - chunk_box->min[2]) * layout->stride[2]
          + (y - chunk_box->min[1]) * layout->stride[1]
          + (common.min[0] - chunk_box->min[0]) * layout->stride[0];
      int64_t to =
          ((z - box->min[2]) * (box->max[1] - box->min[1]) + y - box->min[1])
              * (box->max[0] - box->min[0])
          + common.min[0] - box->min[0];
      const char *p = chunk + (size_t)from * b;
      char *q = out + (size_t)to * b;
      if (layout->stride[0] == 1)
        memcpy (q, p, (size_t)n * b);
      else
        for (int64_t x = 0; x < n; x++)
          memcpy (
              q + (size_t)x * b, p + (size_t)(x * layout->stride[0]) * b, b);
    }
}

static Layout
get_layout (const ZarrSource *zarr, const LamZarrArrayInfo *info)
{
  Layout layout = { .info = info, .bytes = lam_dtype_bytes (info->dtype) };
  int64_t stride = 1;
  for (int i = info->n_dims - 1; i >= 0; i--) {
    layout.start += zarr->fixed[i] % info->chunk[i] * stride;
    for (int k = 0; k < 3; k++)
      if (zarr->axes.space[k] == i)
        layout.stride[k] = stride;
    stride *= info->chunk[i];
  }
  return layout;
}

static void
get_chunk_size (
    const ZarrSource *zarr, const LamZarrArrayInfo *info, int64_t chunk[3])
{
  for (int k = 0; k < 3; k++)
    chunk[k] = zarr->axes.space[k] < 0 ? 1 : info->chunk[zarr->axes.space[k]];
}

static bool
read_part (ZarrSource *zarr, int level, const Layout *layout,
    const int64_t at[3], void *chunk, const LamBox *box, void *out,
    GError **error)
{
  int64_t size[3], index[LAM_ZARR_MAX_DIMS];
  get_chunk_size (zarr, layout->info, size);
  for (int i = 0; i < layout->info->n_dims; i++)
    index[i] = zarr->fixed[i] / layout->info->chunk[i];
  LamBox chunk_box;
  for (int k = 0; k < 3; k++) {
    if (zarr->axes.space[k] >= 0)
      index[zarr->axes.space[k]] = at[k];
    chunk_box.min[k] = at[k] * size[k];
    chunk_box.max[k] = chunk_box.min[k] + size[k];
  }
  if (!lam_zarr_array_read_chunk (zarr->arrays[level], index, chunk, error))
    return false;
  copy_part (layout, chunk, &chunk_box, out, box);
  return true;
}

static bool
zarr_read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  ZarrSource *zarr = (ZarrSource *)source;
  Layout layout =
      get_layout (zarr, lam_zarr_array_get_info (zarr->arrays[level]));
  int64_t size[3], first[3], end[3], at[3];
  get_chunk_size (zarr, layout.info, size);
  for (int k = 0; k < 3; k++) {
    first[k] = box->min[k] / size[k];
    end[k] = lam_divide_up (box->max[k], size[k]);
  }
  size_t n = (size_t)layout.info->chunk_voxels * layout.bytes;
  g_autofree void *chunk = g_try_malloc (n);
  if (!chunk) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: not enough memory for a chunk of %zu bytes"), source->info.path,
        n);
    return false;
  }
  for (at[2] = first[2]; at[2] < end[2]; at[2]++)
    for (at[1] = first[1]; at[1] < end[1]; at[1]++)
      for (at[0] = first[0]; at[0] < end[0]; at[0]++) {
        if (g_cancellable_set_error_if_cancelled (cancellable, error))
          return false;
        if (!read_part (zarr, level, &layout, at, chunk, box, out, error))
          return false;
      }
  return true;
}

static const LamSourceMethods zarr_methods = { zarr_read_box, zarr_free };

static LamLevel
get_level_size (const ZarrSource *zarr, const LamZarrArrayInfo *info)
{
  LamLevel level;
  for (int k = 0; k < 3; k++) {
    int axis = zarr->axes.space[k];
    level.size[k] = axis < 0 ? 1 : info->shape[axis];
    level.factor[k] = 1;
  }
  return level;
}

/* Whether `coarse` has voxels of a power of two of the finest level's; sets its
 * factors. The size may be rounded down or up. */
static bool
set_factors (LamLevel *coarse, const LamLevel *finest, const LamZarrAxes *axes,
    const double *scale, const double *finest_scale)
{
  for (int k = 0; k < 3; k++) {
    int axis = axes->space[k];
    double ratio = axis >= 0 ? scale[axis] / finest_scale[axis] : 1;
    if (!(ratio > 1))
      ratio = rint ((double)finest->size[k] / (double)coarse->size[k]);
    int64_t factor = 1;
    while (factor < ratio * 0.75 && factor < ((int64_t)1 << 26))
      factor *= 2;
    int64_t up = lam_divide_up (finest->size[k], factor);
    if (fabs (ratio - (double)factor) > 0.01 * ratio || coarse->size[k] > up
        || coarse->size[k] < up - 1)
      return false;
    coarse->factor[k] = factor;
  }
  return true;
}

/* Adds one array as the next level. */
static bool
add_level (ZarrSource *zarr, LamZarrArray *array, const double *scale,
    const double *finest_scale)
{
  LamSourceInfo *info = &zarr->parent.info;
  const LamZarrArrayInfo *of = lam_zarr_array_get_info (array);
  LamLevel level = get_level_size (zarr, of);
  if (info->n_levels > 0) {
    const LamZarrArrayInfo *finest = lam_zarr_array_get_info (zarr->arrays[0]);
    if (of->n_dims != finest->n_dims || of->dtype != finest->dtype
        || !set_factors (
            &level, &info->levels[0], &zarr->axes, scale, finest_scale))
      return false;
    for (int i = 0; i < of->n_dims; i++)
      if (zarr->fixed[i] >= of->shape[i])
        return false;
  }
  info->levels[info->n_levels] = level;
  zarr->arrays[info->n_levels++] = array;
  return true;
}

/* Numbers the places on the axes that are not of space, first axis slowest. */
static bool
choose_channel (ZarrSource *zarr, const LamZarrArrayInfo *array, int channel,
    GError **error)
{
  LamSourceInfo *info = &zarr->parent.info;
  int64_t n = 1;
  for (int i = 0; i < array->n_dims; i++) {
    bool of_space = i == zarr->axes.space[0] || i == zarr->axes.space[1]
        || i == zarr->axes.space[2];
    zarr->fixed[i] = of_space ? 0 : array->shape[i];
    if (!of_space)
      n = MIN (n * array->shape[i], MAX_CHANNELS);
  }
  if (n >= MAX_CHANNELS) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s has too many channels and times"), info->path);
    return false;
  }
  info->n_channels = (int)n;
  if (channel < 0 && n > 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL,
        _ ("%s has %d channels; choose one from 0 to %d"), info->path, (int)n,
        (int)n - 1);
    return false;
  }
  if (channel >= n) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %d channels; there is no channel %d"), info->path, (int)n,
        channel);
    return false;
  }
  int64_t rest = MAX (channel, 0);
  for (int i = array->n_dims - 1; i >= 0; i--)
    if (zarr->fixed[i] > 0) {
      int64_t count = zarr->fixed[i];
      zarr->fixed[i] = rest % count;
      rest /= count;
    }
  return true;
}

static void
fill_info (ZarrSource *zarr)
{
  LamSourceInfo *info = &zarr->parent.info;
  const LamZarrArrayInfo *array = lam_zarr_array_get_info (zarr->arrays[0]);
  info->format = "ome-zarr";
  info->dtype = array->dtype;
  info->is_compressed = array->is_compressed;
  info->has_whole_chunks = true;
  get_chunk_size (zarr, array, info->chunk);
}

/* The first array settles type, axes and channel. */
static bool
start (ZarrSource *zarr, LamZarrArray *array, int channel, GError **error)
{
  const LamZarrArrayInfo *info = lam_zarr_array_get_info (array);
  if (info->n_dims != zarr->axes.n) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: the array has %d axes, its description %d"),
        zarr->parent.info.path, info->n_dims, zarr->axes.n);
    return false;
  }
  return choose_channel (zarr, info, channel, error);
}

static bool
open_levels (ZarrSource *zarr, int root, JsonObject *image, JsonArray *sets,
    int channel, GError **error)
{
  LamSourceInfo *info = &zarr->parent.info;
  double finest[LAM_ZARR_MAX_DIMS];
  guint n = MIN (json_array_get_length (sets), LAM_MAX_LEVELS);
  for (guint i = 0; i < n; i++) {
    JsonObject *set = lam_json_array_get_object (sets, i);
    const char *path = set ? lam_json_get_string (set, "path") : NULL;
    double scale[LAM_ZARR_MAX_DIMS] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    if (set)
      lam_zarr_axes_apply_scales (set, zarr->axes.n, scale);
    lam_zarr_axes_apply_scales (image, zarr->axes.n, scale);
    g_autofree char *name =
        g_strdup_printf ("%s/%s", info->path, path ? path : "?");
    g_autoptr (LamZarrArray) array =
        lam_zarr_array_open (root, path ? path : "?", name, error);
    if (!array || (i == 0 && !start (zarr, array, channel, error)))
      return false;
    if (i == 0)
      memcpy (finest, scale, sizeof finest);
    if (!add_level (zarr, array, scale, finest))
      break;
    array = NULL;
  }
  for (int k = 0; k < 3; k++) {
    int axis = zarr->axes.space[k];
    double nm = axis >= 0 ? finest[axis] * zarr->axes.unit_nm[axis] : 0;
    info->voxel_size_nm[k] = isfinite (nm) && nm > 0 ? nm : 0;
  }
  return true;
}

static bool
open_image (ZarrSource *zarr, int root, JsonObject *attributes, int channel,
    GError **error)
{
  const char *path = zarr->parent.info.path;
  JsonObject *image = lam_json_array_get_object (
      lam_json_get_array (attributes, "multiscales"), 0);
  JsonArray *sets = image ? lam_json_get_array (image, "datasets") : NULL;
  if (!sets || json_array_get_length (sets) == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: \"multiscales\" names no array"), path);
    return false;
  }
  JsonArray *axes = lam_json_get_array (image, "axes");
  if (!axes) {
    const char *version = lam_json_get_string (image, "version");
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s is OME-Zarr %s without names of axes; version 0.4 is needed"),
        path, version ? version : "");
    return false;
  }
  return lam_zarr_axes_read (path, axes, &zarr->axes, error)
      && open_levels (zarr, root, image, sets, channel, error);
}

static bool
open_single (ZarrSource *zarr, int root, int channel, GError **error)
{
  const char *path = zarr->parent.info.path;
  g_autoptr (LamZarrArray) array = lam_zarr_array_open (root, "", path, error);
  if (!array)
    return false;
  int n = lam_zarr_array_get_info (array)->n_dims;
  if (n < 2) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s has one axis; an image has two or three"), path);
    return false;
  }
  zarr->axes = lam_zarr_axes_of_array (n);
  if (!start (zarr, array, channel, error))
    return false;
  double scale[LAM_ZARR_MAX_DIMS] = { 1, 1, 1, 1, 1, 1, 1, 1 };
  add_level (zarr, g_steal_pointer (&array), scale, scale);
  return true;
}

/* Says what is there instead of an image. */
static void
refuse (const char *path, int root, GError **error)
{
  const char *found = lam_zarr_file_exists (root, "zarr.json")
      ? _ ("Zarr version 3, which is not supported yet; version 2 is")
      : lam_zarr_file_exists (root, "attributes.json")
      ? _ ("an N5 container, which is not supported yet; OME-Zarr 0.4 is")
      : _ ("a Zarr group without an image of its own; open one of the folders "
           "in it");
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_UNSUPPORTED, _ ("%s is %s"), path, found);
}

static bool
open_root (ZarrSource *zarr, int root, int channel, GError **error)
{
  GError *local = NULL;
  g_autoptr (JsonNode) attributes =
      lam_zarr_file_read_json (root, ".zattrs", &local);
  if (local) {
    g_propagate_prefixed_error (error, local, "%s: ", zarr->parent.info.path);
    return false;
  }
  JsonObject *object = attributes ? json_node_get_object (attributes) : NULL;
  zarr->parent.info.note =
      object ? g_strdup (lam_json_get_string (object, "lamella")) : NULL;
  if (object && json_object_has_member (object, "multiscales"))
    return open_image (zarr, root, object, channel, error);
  if (lam_zarr_file_exists (root, ".zarray"))
    return open_single (zarr, root, channel, error);
  refuse (zarr->parent.info.path, root, error);
  return false;
}

static int64_t
get_file_bytes (int root, const char *name)
{
  struct stat status;
  return fstatat (root, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      ? status.st_size
      : 0;
}

static LamSource *
zarr_open (const char *path, const LamOpenOptions *options, GError **error)
{
  int root = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, _ ("Cannot open %s: %s"),
        path, g_strerror (errno));
    return NULL;
  }
  ZarrSource *zarr = g_new0 (ZarrSource, 1);
  lam_source_init (&zarr->parent, &zarr_methods, path);
  bool opened = open_root (zarr, root, options ? options->channel : -1, error);
  if (opened) {
    fill_info (zarr);
    /* Counting all chunks would take longer than opening. */
    zarr->parent.info.file_bytes =
        get_file_bytes (root, ".zattrs") + get_file_bytes (root, ".zarray");
  }
  close (root);
  if (opened)
    return &zarr->parent;
  lam_source_unref (&zarr->parent);
  return NULL;
}

static bool
zarr_probe (const char *path, bool is_folder, const uint8_t *bytes, size_t n)
{
  static const char *const names[] = { ".zattrs", ".zarray", ".zgroup",
    "zarr.json", "attributes.json" };
  if (!is_folder)
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *file = g_build_filename (path, names[i], NULL);
    if (g_file_test (file, G_FILE_TEST_EXISTS))
      return true;
  }
  return false;
}

const LamFormat lam_format_zarr = {
  .name = "ome-zarr",
  .title = "OME-Zarr",
  .extensions = "zarr",
  .probe = zarr_probe,
  .open = zarr_open,
};
