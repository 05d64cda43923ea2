/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ImageJ writes "key=value" lines that start with "ImageJ=" and counts voxels a
 * unit in the resolution tags. It stores stacks above 4 GiB as one page whose
 * description says "images=N", all voxels behind each other. tifffile writes
 * {"shape": […]} and, where it wrote one page for many, "truncated": true. */

#include "volume/tiff-meta.h"

#include <math.h>
#include <string.h>
#include <tiffio.h>

#include "volume/tiff-writer.h"

/* Resolutions are often those of a screen or printer (72, 96, 300 voxels an
 * inch). No electron microscope has voxels above this: then the size is
 * unknown. */
#define MAX_VOXEL_NM 20000.0

double
lam_tiff_unit_nm (const char *unit)
{
  static const struct {
    const char *name;
    double nm;
  } units[] = {
    { "nm", 1 },
    { "nanometer", 1 },
    { "nanometers", 1 },
    { "nanometre", 1 },
    { "um", 1e3 },
    { "µm", 1e3 }, /* micro sign */
    { "μm", 1e3 }, /* Greek mu */
    { "\\u00B5m", 1e3 }, /* as ImageJ writes it */
    { "micron", 1e3 },
    { "microns", 1e3 },
    { "micrometer", 1e3 },
    { "micrometers", 1e3 },
    { "micrometre", 1e3 },
    { "mm", 1e6 },
    { "millimeter", 1e6 },
    { "cm", 1e7 },
    { "centimeter", 1e7 },
    { "m", 1e9 },
    { "meter", 1e9 },
    { "pm", 1e-3 },
    { "Å", 0.1 }, /* letter */
    { "Å", 0.1 }, /* angstrom sign */
    { "A", 0.1 },
    { "angstrom", 0.1 },
    { "inch", 2.54e7 },
    { "in", 2.54e7 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_strcasecmp (units[i].name, unit) == 0)
      return units[i].nm;
  return 0;
}

/* The value of "key=" in ImageJ's lines, or NULL. */
static char *
dup_value (const char *description, const char *key)
{
  size_t n = strlen (key);
  for (const char *line = description; line;) {
    const char *end = strchr (line, '\n');
    if (strncmp (line, key, n) == 0 && line[n] == '=') {
      line += n + 1;
      return g_strstrip (end ? g_strndup (line, end - line) : g_strdup (line));
    }
    line = end ? end + 1 : NULL;
  }
  return NULL;
}

static double
get_number (const char *description, const char *key, double otherwise)
{
  g_autofree char *text = dup_value (description, key);
  char *end = NULL;
  double value = text ? g_ascii_strtod (text, &end) : otherwise;
  return text && end == text ? otherwise : value;
}

/* How many planes; 0 for nonsense. */
static int64_t
get_count (const char *description, const char *key, int64_t otherwise)
{
  double value = get_number (description, key, otherwise);
  return value >= 1 && value <= LAM_TIFF_MAX_PAGES ? (int64_t)value : 0;
}

/* nm from a size that went through a 32-bit float and a rational: what is
 * behind six digits is noise. */
static double
sane_nm (double nm)
{
  if (!isfinite (nm) || nm <= 0 || nm > MAX_VOXEL_NM)
    return 0;
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.6g", nm);
  return g_ascii_strtod (text, NULL);
}

static double
unit_of (const char *description, const char *key, double otherwise)
{
  g_autofree char *unit = dup_value (description, key);
  return unit ? lam_tiff_unit_nm (unit) : otherwise;
}

static void
read_voxel_size (const LamTiffPages *pages, bool is_imagej, LamTiffMeta *meta)
{
  const char *text = pages->description;
  double tag_nm = pages->resolution_unit == RESUNIT_INCH ? 2.54e7
      : pages->resolution_unit == RESUNIT_CENTIMETER     ? 1e7
                                                         : 0;
  double unit_nm = is_imagej ? unit_of (text, "unit", tag_nm) : tag_nm;
  double y_nm = is_imagej ? unit_of (text, "yunit", unit_nm) : unit_nm;
  const double units[] = { unit_nm, y_nm };
  for (int i = 0; i < 2; i++)
    if (pages->resolution[i] > 0)
      meta->voxel_size_nm[i] = sane_nm (units[i] / pages->resolution[i]);
  if (is_imagej)
    meta->voxel_size_nm[2] = sane_nm (fabs (get_number (text, "spacing", 0))
        * unit_of (text, "zunit", unit_nm));
}

/* One page of plain strips, so that more images can follow it. */
static bool
can_be_contiguous (const LamTiffPages *pages)
{
  const LamTiffKind *kind = &g_array_index (pages->kinds, LamTiffKind, 0);
  return pages->pages->len == 1 && lam_tiff_kind_is_direct (kind)
      && !kind->is_tiled && !kind->is_planar;
}

static void
read_imagej_axes (const LamTiffPages *pages, LamTiffMeta *meta)
{
  const char *text = pages->description;
  int64_t images = get_count (text, "images", 1);
  int64_t c = get_count (text, "channels", 1);
  int64_t t = get_count (text, "frames", 1);
  int64_t z = get_count (text, "slices", 1);
  meta->is_contiguous = images > 1 && can_be_contiguous (pages);
  if (meta->is_contiguous)
    meta->n_planes = meta->size[LAM_TIFF_Z] = images;
  /* Each count is at most 200,000. */
  if (c * z * t != meta->n_planes)
    return;
  meta->size[LAM_TIFF_C] = c;
  meta->size[LAM_TIFF_Z] = z;
  meta->size[LAM_TIFF_T] = t;
}

/* The planes of {"shape": [4, 300, 512, 512], "truncated": true}: what stands
 * before the page's own axes. */
static void
read_tifffile_axes (const LamTiffPages *pages, LamTiffMeta *meta)
{
  const char *text = pages->description;
  if (!can_be_contiguous (pages) || !g_str_has_prefix (text, "{\"shape\": [")
      || !strstr (text, "\"truncated\": true"))
    return;
  const LamTiffKind *kind = &g_array_index (pages->kinds, LamTiffKind, 0);
  double voxels = 1;
  for (const char *at = strchr (text, '[') + 1; g_ascii_isdigit (*at);) {
    char *end;
    voxels *= (double)g_ascii_strtoull (at, &end, 10);
    at = end + strspn (end, ", ");
  }
  double images = voxels / ((double)kind->width * kind->height * kind->samples);
  if (images < 2 || images > LAM_TIFF_MAX_PAGES || images != floor (images))
    return;
  meta->is_contiguous = true;
  meta->n_planes = meta->size[LAM_TIFF_Z] = (int64_t)images;
}

bool
lam_tiff_meta_read (const LamTiffPages *pages, const char *path,
    LamTiffMeta *meta, GError **error)
{
  const char *text = pages->description ? pages->description : "";
  *meta = (LamTiffMeta){
    .size = { 1, pages->pages->len, 1 },
    .order = { LAM_TIFF_C, LAM_TIFF_Z, LAM_TIFF_T },
    .n_planes = pages->pages->len,
  };
  bool is_imagej = g_str_has_prefix (text, "ImageJ=");
  read_voxel_size (pages, is_imagej, meta);
  if (is_imagej) {
    meta->note = dup_value (text, LAM_TIFF_NOTE);
    read_imagej_axes (pages, meta);
  } else if (text[0] == '{')
    read_tifffile_axes (pages, meta);
  else if (strstr (text, "<OME") || strstr (text, "OME:OME"))
    return lam_tiff_ome_read (pages, path, meta, error);
  return true;
}

void
lam_tiff_meta_clear (LamTiffMeta *meta)
{
  g_clear_pointer (&meta->page_of_plane, g_free);
  g_clear_pointer (&meta->note, g_free);
}

int64_t
lam_tiff_meta_get_page (
    const LamTiffMeta *meta, int64_t c, int64_t z, int64_t t)
{
  const int64_t at[3] = { c, z, t };
  int64_t plane = 0;
  for (int i = 2; i >= 0; i--)
    plane = plane * meta->size[meta->order[i]] + at[meta->order[i]];
  return meta->page_of_plane ? meta->page_of_plane[plane] : plane;
}
