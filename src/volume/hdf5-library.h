/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The functions of HDF5 that volume/array-hdf5.c uses, from the library that is
 * loaded when the first such file is opened. */
#pragma once

#include <glib.h>
#include <hdf5/serial/hdf5.h>
#include <stdbool.h>

/* Constants of the headers call functions first; these are loaded and called
 * once, before. */
#undef H5CHECK
#undef H5OPEN
#define H5CHECK
#define H5OPEN

#define LAM_HDF5_FUNCTIONS(DO) \
  DO (H5Aclose) \
  DO (H5Acreate2) \
  DO (H5Aget_space) \
  DO (H5Aopen) \
  DO (H5Aread) \
  DO (H5Awrite) \
  DO (H5Dclose) \
  DO (H5Dcreate2) \
  DO (H5Dget_space) \
  DO (H5Dget_type) \
  DO (H5Dopen2) \
  DO (H5Dread) \
  DO (H5Dwrite) \
  DO (H5Eclear2) \
  DO (H5Eset_auto2) \
  DO (H5Ewalk2) \
  DO (H5Fclose) \
  DO (H5Fcreate) \
  DO (H5Fopen) \
  DO (H5Pclose) \
  DO (H5Pcreate) \
  DO (H5Pset_chunk) \
  DO (H5Pset_deflate) \
  DO (H5Pset_obj_track_times) \
  DO (H5Sclose) \
  DO (H5Screate_simple) \
  DO (H5Sget_simple_extent_dims) \
  DO (H5Sget_simple_extent_ndims) \
  DO (H5Sselect_hyperslab) \
  DO (H5Tclose) \
  DO (H5Tequal) \
  DO (H5get_libversion) \
  DO (H5open)
/* What the library sets when it is opened. */
#define LAM_HDF5_NUMBERS(DO) \
  DO (H5P_CLS_DATASET_CREATE_ID_g) \
  DO (H5P_CLS_FILE_CREATE_ID_g) \
  DO (H5T_NATIVE_DOUBLE_g) \
  DO (H5T_NATIVE_FLOAT_g) \
  DO (H5T_NATIVE_INT16_g) \
  DO (H5T_NATIVE_INT32_g) \
  DO (H5T_NATIVE_INT64_g) \
  DO (H5T_NATIVE_INT8_g) \
  DO (H5T_NATIVE_UINT16_g) \
  DO (H5T_NATIVE_UINT32_g) \
  DO (H5T_NATIVE_UINT8_g)

#define LAM_HDF5_MEMBER(name) __typeof__ (&name) name;

typedef struct {
  LAM_HDF5_FUNCTIONS (LAM_HDF5_MEMBER)
  LAM_HDF5_NUMBERS (LAM_HDF5_MEMBER)
} LamHdf5;

/* Any thread, as often as wanted; NULL where there is no such library. */
const LamHdf5 *lam_hdf5_load (GError **error);
