/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One HDF5 file a set, one dataset an array (z, y, x; deflate), with the
 * attributes "resolution" (nm, z, y, x) and "offset" (voxels, z, y, x), which
 * h5py gives as .attrs. No times are kept, so that the same voxels give the
 * same bytes. Debian's library is for one thread at a time: a lock. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "volume/array-format.h"
#include "volume/hdf5-library.h"

#define DEFLATE_LEVEL 4
#define CHUNK_EDGE 64

static GMutex lock;
static const LamHdf5 *hdf5; /* NULL until the first file is opened */

typedef struct {
  hid_t space, type, dataset;
} Writer;

static hid_t
get_type (LamDtype dtype)
{
  switch (dtype) {
  case LAM_DTYPE_U8:
    return *hdf5->H5T_NATIVE_UINT8_g;
  case LAM_DTYPE_I8:
    return *hdf5->H5T_NATIVE_INT8_g;
  case LAM_DTYPE_U16:
    return *hdf5->H5T_NATIVE_UINT16_g;
  case LAM_DTYPE_I16:
    return *hdf5->H5T_NATIVE_INT16_g;
  case LAM_DTYPE_U32:
    return *hdf5->H5T_NATIVE_UINT32_g;
  case LAM_DTYPE_I32:
    return *hdf5->H5T_NATIVE_INT32_g;
  case LAM_DTYPE_F32:
    return *hdf5->H5T_NATIVE_FLOAT_g;
  }
  g_return_val_if_reached (*hdf5->H5T_NATIVE_UINT8_g);
}

/* What went wrong, from the library's stack of errors: the innermost. */
static herr_t
note_error (unsigned n, const H5E_error2_t *row, void *data)
{
  const char **text = data;
  if (!*text)
    *text = row->desc;
  return 0;
}

static bool
fail (const char *format, const char *path, GError **error)
{
  const char *reason = NULL;
  hdf5->H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, note_error, &reason);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, format, path,
      reason && *reason ? reason : "HDF5");
#pragma GCC diagnostic pop
  return false;
}

static bool
fail_write (const LamArraySet *set, GError **error)
{
  g_autofree char *path =
      lam_array_dup_path (set->format, set->path, set->name);
  return fail (_ ("Cannot write %s: %s"), path, error);
}

/* Before anything else. */
static bool
load_library (GError **error)
{
  const LamHdf5 *loaded = lam_hdf5_load (error);
  if (loaded)
    g_atomic_pointer_set (&hdf5, loaded);
  return loaded != NULL;
}

static void
begin_library (void)
{
  g_mutex_lock (&lock);
  hdf5->H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  hdf5->H5Eclear2 (H5E_DEFAULT);
}

static bool
open_set (LamArraySet *set, GError **error)
{
  g_autofree char *path = lam_array_dup_path (set->format, set->path, NULL);
  if (!load_library (error))
    return false;
  begin_library ();
  hid_t creation = hdf5->H5Pcreate (*hdf5->H5P_CLS_FILE_CREATE_ID_g);
  hdf5->H5Pset_obj_track_times (creation, 0);
  hid_t file = hdf5->H5Fcreate (path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
  hdf5->H5Pclose (creation);
  bool done = file >= 0 || fail_write (set, error);
  g_mutex_unlock (&lock);
  hid_t *kept = done ? g_memdup2 (&file, sizeof file) : NULL;
  set->whole = kept;
  return done;
}

static bool
add_attribute (hid_t dataset, const char *name, hid_t type, const void *values)
{
  const hsize_t n = 3;
  hid_t space = hdf5->H5Screate_simple (1, &n, NULL);
  hid_t attribute =
      hdf5->H5Acreate2 (dataset, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  bool done = attribute >= 0 && hdf5->H5Awrite (attribute, type, values) >= 0;
  if (attribute >= 0)
    hdf5->H5Aclose (attribute);
  hdf5->H5Sclose (space);
  return done;
}

static hid_t
make_dataset (LamArraySet *set, const Writer *writer)
{
  hsize_t chunk[3];
  for (int a = 0; a < 3; a++)
    chunk[a] = (hsize_t)MIN (set->size[2 - a], CHUNK_EDGE);
  hid_t creation = hdf5->H5Pcreate (*hdf5->H5P_CLS_DATASET_CREATE_ID_g);
  hdf5->H5Pset_obj_track_times (creation, 0);
  hdf5->H5Pset_chunk (creation, 3, chunk);
  hdf5->H5Pset_deflate (creation, DEFLATE_LEVEL);
  hid_t dataset = hdf5->H5Dcreate2 (*(hid_t *)set->whole, set->name,
      writer->type, writer->space, H5P_DEFAULT, creation, H5P_DEFAULT);
  hdf5->H5Pclose (creation);
  return dataset;
}

static bool
begin (LamArraySet *set, GError **error)
{
  hsize_t size[3];
  double resolution[3];
  int64_t offset[3];
  Writer *writer = set->writer = g_new0 (Writer, 1);
  for (int a = 0; a < 3; a++) {
    size[a] = (hsize_t)set->size[2 - a];
    resolution[a] = set->place.voxel_size_nm[2 - a];
    offset[a] = set->place.offset[2 - a];
  }
  begin_library ();
  writer->type = get_type (set->dtype);
  writer->space = hdf5->H5Screate_simple (3, size, NULL);
  writer->dataset = make_dataset (set, writer);
  bool done = writer->dataset >= 0
      && add_attribute (
          writer->dataset, "resolution", *hdf5->H5T_NATIVE_DOUBLE_g, resolution)
      && add_attribute (
          writer->dataset, "offset", *hdf5->H5T_NATIVE_INT64_g, offset);
  done = done || fail_write (set, error);
  g_mutex_unlock (&lock);
  return done;
}

static bool
add (LamArraySet *set, const void *planes, int64_t n, GError **error)
{
  const Writer *writer = set->writer;
  const hsize_t start[3] = { (hsize_t)set->n_done, 0, 0 };
  const hsize_t count[3] = { (hsize_t)n, (hsize_t)set->size[1],
    (hsize_t)set->size[0] };
  begin_library ();
  hid_t memory = hdf5->H5Screate_simple (3, count, NULL);
  bool done = hdf5->H5Sselect_hyperslab (
                  writer->space, H5S_SELECT_SET, start, NULL, count, NULL)
          >= 0
      && hdf5->H5Dwrite (writer->dataset, writer->type, memory, writer->space,
             H5P_DEFAULT, planes)
          >= 0;
  done = done || fail_write (set, error);
  hdf5->H5Sclose (memory);
  g_mutex_unlock (&lock);
  return done;
}

/* With the lock held. */
static bool
close_writer_locked (LamArraySet *set)
{
  Writer *writer = set->writer;
  if (!writer)
    return true;
  bool done = writer->dataset < 0 || hdf5->H5Dclose (writer->dataset) >= 0;
  if (writer->space >= 0)
    hdf5->H5Sclose (writer->space);
  g_clear_pointer (&set->writer, g_free);
  return done;
}

static bool
end (LamArraySet *set, GError **error)
{
  begin_library ();
  bool done = close_writer_locked (set) || fail_write (set, error);
  g_mutex_unlock (&lock);
  return done;
}

static bool
finish (LamArraySet *set, bool is_whole, GError **error)
{
  if (!set->whole)
    return true;
  begin_library ();
  close_writer_locked (set);
  bool done = hdf5->H5Fclose (*(hid_t *)set->whole) >= 0;
  done = done || fail_write (set, error);
  g_clear_pointer (&set->whole, g_free);
  g_mutex_unlock (&lock);
  return done;
}

/* ---- Reading ------------------------------------------------------------ */

typedef struct {
  LamSource source;
  hid_t file, dataset, space;
} H5Source;

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const H5Source *from = (const H5Source *)source;
  hsize_t start[3], count[3];
  for (int a = 0; a < 3; a++) {
    start[a] = (hsize_t)box->min[2 - a];
    count[a] = (hsize_t)(box->max[2 - a] - box->min[2 - a]);
  }
  begin_library ();
  hid_t memory = hdf5->H5Screate_simple (3, count, NULL);
  bool done = hdf5->H5Sselect_hyperslab (
                  from->space, H5S_SELECT_SET, start, NULL, count, NULL)
          >= 0
      && hdf5->H5Dread (from->dataset, get_type (source->info.dtype), memory,
             from->space, H5P_DEFAULT, out)
          >= 0;
  done = done || fail (_ ("Cannot read %s: %s"), source->info.path, error);
  hdf5->H5Sclose (memory);
  g_mutex_unlock (&lock);
  return done;
}

static void
h5_free (LamSource *source)
{
  H5Source *from = (H5Source *)source;
  g_mutex_lock (&lock);
  if (from->space >= 0)
    hdf5->H5Sclose (from->space);
  if (from->dataset >= 0)
    hdf5->H5Dclose (from->dataset);
  if (from->file >= 0)
    hdf5->H5Fclose (from->file);
  g_mutex_unlock (&lock);
  g_free (from);
}

static bool
find_dtype (hid_t type, LamDtype *dtype)
{
  for (int i = LAM_DTYPE_U8; i <= LAM_DTYPE_F32; i++)
    if (hdf5->H5Tequal (type, get_type ((LamDtype)i)) > 0) {
      *dtype = (LamDtype)i;
      return true;
    }
  return false;
}

/* Stays unknown where the attribute is missing or something else. With the lock
 * held. */
static void
read_voxel_size_locked (hid_t dataset, double voxel_size_nm[3])
{
  double values[3] = { 0 };
  hsize_t n = 0;
  hid_t attribute = hdf5->H5Aopen (dataset, "resolution", H5P_DEFAULT);
  hid_t space = attribute >= 0 ? hdf5->H5Aget_space (attribute) : -1;
  if (space >= 0 && hdf5->H5Sget_simple_extent_ndims (space) == 1
      && hdf5->H5Sget_simple_extent_dims (space, &n, NULL) == 1 && n == 3
      && hdf5->H5Aread (attribute, *hdf5->H5T_NATIVE_DOUBLE_g, values) >= 0)
    for (int a = 0; a < 3; a++)
      voxel_size_nm[a] =
          isfinite (values[2 - a]) && values[2 - a] > 0 ? values[2 - a] : 0;
  if (space >= 0)
    hdf5->H5Sclose (space);
  if (attribute >= 0)
    hdf5->H5Aclose (attribute);
}

/* With the lock held. */
static bool
open_dataset_locked (H5Source *from, const char *path, const char *array)
{
  hsize_t size[3];
  LamSourceInfo *info = &from->source.info;
  from->file = hdf5->H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);
  from->dataset =
      from->file >= 0 ? hdf5->H5Dopen2 (from->file, array, H5P_DEFAULT) : -1;
  from->space = from->dataset >= 0 ? hdf5->H5Dget_space (from->dataset) : -1;
  if (from->space < 0 || hdf5->H5Sget_simple_extent_ndims (from->space) != 3
      || hdf5->H5Sget_simple_extent_dims (from->space, size, NULL) != 3)
    return false;
  for (int a = 0; a < 3; a++) {
    if (size[2 - a] < 1 || size[2 - a] > INT32_MAX)
      return false;
    info->levels[0].size[a] = (int64_t)size[2 - a];
    info->levels[0].factor[a] = 1;
    info->chunk[a] = MIN (info->levels[0].size[a], CHUNK_EDGE);
  }
  hid_t type = hdf5->H5Dget_type (from->dataset);
  bool done = type >= 0 && find_dtype (type, &info->dtype);
  if (type >= 0)
    hdf5->H5Tclose (type);
  read_voxel_size_locked (from->dataset, info->voxel_size_nm);
  return done;
}

static LamSource *
open_array (const char *path, const char *array, GError **error)
{
  static const LamSourceMethods methods = { read_box, h5_free };
  if (!load_library (error))
    return NULL;
  H5Source *from = g_new0 (H5Source, 1);
  lam_source_init (&from->source, &methods, path);
  from->source.info.format = "hdf5";
  from->source.info.n_levels = 1;
  from->source.info.has_whole_chunks = from->source.info.is_compressed = true;
  begin_library ();
  bool done = open_dataset_locked (from, path, array)
      || fail (_ ("Cannot read %s: %s"), path, error);
  g_mutex_unlock (&lock);
  if (done)
    return &from->source;
  lam_source_unref (&from->source);
  return NULL;
}

const LamArrayFormat lam_array_format_hdf5 = {
  .name = "hdf5",
  .title = N_ ("HDF5"),
  .library = "h5py",
  .is_file = true,
  .suffix = ".h5",
  .has_voxel_size = true,
  .open = open_set,
  .begin = begin,
  .add = add,
  .end = end,
  .close = finish,
  .read = open_array,
};
