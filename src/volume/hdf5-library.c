/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* HDF5 brings some thirty libraries along that nothing else needs, and most
 * runs of the command line open no file of it: linked in the ordinary way, they
 * would make every start twice as long. */
#include "volume/hdf5-library.h"

#include <dlfcn.h>
#include <glib/gi18n-lib.h>

#include "base/error.h"

/* Of the version whose headers we are built with. */
#define LIBRARY "libhdf5_serial.so.103"
#if H5_VERS_MAJOR != 1 || H5_VERS_MINOR != 10
#error "The name of HDF5's library belongs to version 1.10."
#endif

static LamHdf5 hdf5;
static char *failure; /* Owned, for ever; NULL: loaded */

static bool
find (void *library, const char *name, void **to)
{
  *to = dlsym (library, name);
  return *to != NULL;
}

static bool
find_all (void *library)
{
#define FIND(name) &&find (library, #name, (void **)&hdf5.name)
  return true LAM_HDF5_FUNCTIONS (FIND) LAM_HDF5_NUMBERS (FIND);
#undef FIND
}

static bool
has_our_version (void)
{
  unsigned major, minor, release;
  return hdf5.H5get_libversion (&major, &minor, &release) >= 0
      && major == H5_VERS_MAJOR && minor == H5_VERS_MINOR;
}

static void
load (void)
{
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    failure = g_strdup (dlerror ());
  else if (!find_all (library) || !has_our_version () || hdf5.H5open () < 0)
    failure = g_strdup (LIBRARY);
}

const LamHdf5 *
lam_hdf5_load (GError **error)
{
  static size_t is_done;
  if (g_once_init_enter (&is_done)) {
    load ();
    g_once_init_leave (&is_done, 1);
  }
  if (!failure)
    return &hdf5;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("files of HDF5 need its library, which cannot be loaded: %s"),
      failure);
  return NULL;
}
