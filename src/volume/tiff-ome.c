/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The part of OME-XML (schema 2016-06, "Pixels", "Channel", "TiffData") that
 * says which page is which plane and how large a voxel is. A plane is one
 * channel, z and time; DimensionOrder says which runs fastest. */

#include "volume/tiff-meta.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

typedef struct {
  const LamTiffPages *pages; /* Borrowed */
  LamTiffMeta meta; /* Owned */
  int n_images;
  int64_t size_c; /* samples of all channels */
  int64_t samples;
  double size_xy[2];
  bool has_pixels, is_bad;
} Parser;

static double
attribute_number (const char *text)
{
  char *end;
  double value = g_ascii_strtod (text, &end);
  return end == text || *end != '\0' || !isfinite (value) ? -1 : value;
}

static int64_t
attribute_count (const char *text)
{
  double value = attribute_number (text);
  return value >= 0 && value <= 1e9 ? (int64_t)value : -1;
}

static const char *
find_attribute (const char **names, const char **values, const char *name)
{
  for (int i = 0; names[i]; i++)
    if (strcmp (names[i], name) == 0)
      return values[i];
  return NULL;
}

static int64_t
get_count (const char **names, const char **values, const char *name,
    int64_t otherwise)
{
  const char *text = find_attribute (names, values, name);
  return text ? attribute_count (text) : otherwise;
}

/* "XYZCT": the page's axes, then the three others. */
static bool
parse_order (const char *text, int order[3])
{
  static const char letters[] = "CZT";
  unsigned seen = 0;
  if (!text || strlen (text) != 5 || strncmp (text, "XY", 2) != 0)
    return false;
  for (int i = 0; i < 3; i++) {
    const char *letter = strchr (letters, text[2 + i]);
    if (!letter)
      return false;
    order[i] = letter - letters;
    seen |= 1u << order[i];
  }
  return seen == 7;
}

static void
read_sizes (Parser *parser, const char **names, const char **values)
{
  static const char *const sizes[] = { "PhysicalSizeX", "PhysicalSizeY",
    "PhysicalSizeZ" };
  static const char *const units[] = { "PhysicalSizeXUnit", "PhysicalSizeYUnit",
    "PhysicalSizeZUnit" };
  for (int i = 0; i < 3; i++) {
    const char *size = find_attribute (names, values, sizes[i]);
    const char *unit = find_attribute (names, values, units[i]);
    double nm = size
        ? attribute_number (size) * lam_tiff_unit_nm (unit ? unit : "µm")
        : 0;
    parser->meta.voxel_size_nm[i] = nm > 0 && isfinite (nm) ? nm : 0;
  }
}

static void
start_pixels (Parser *parser, const char **names, const char **values)
{
  LamTiffMeta *meta = &parser->meta;
  parser->has_pixels = true;
  parser->size_xy[0] = get_count (names, values, "SizeX", -1);
  parser->size_xy[1] = get_count (names, values, "SizeY", -1);
  parser->size_c = get_count (names, values, "SizeC", 1);
  meta->size[LAM_TIFF_Z] = get_count (names, values, "SizeZ", 1);
  meta->size[LAM_TIFF_T] = get_count (names, values, "SizeT", 1);
  meta->size[LAM_TIFF_C] = parser->size_c / parser->samples;
  const char *order = find_attribute (names, values, "DimensionOrder");
  meta->n_planes = 1;
  for (int i = 0; i < 3; i++) {
    if (meta->size[i] < 1 || meta->size[i] > LAM_TIFF_MAX_PAGES)
      parser->is_bad = true;
    else
      meta->n_planes *= meta->size[i];
    if (meta->n_planes > LAM_TIFF_MAX_PAGES)
      meta->n_planes = LAM_TIFF_MAX_PAGES + 1;
  }
  if (meta->n_planes > LAM_TIFF_MAX_PAGES || !parse_order (order, meta->order)
      || parser->size_c % parser->samples != 0)
    parser->is_bad = true;
  if (parser->is_bad)
    return;
  read_sizes (parser, names, values);
  meta->page_of_plane = g_new (int64_t, meta->n_planes);
  for (int64_t i = 0; i < meta->n_planes; i++)
    meta->page_of_plane[i] = -1;
}

/* Says that pages from IFD on are the planes from FirstC, FirstZ, FirstT on. */
static void
start_tiff_data (Parser *parser, const char **names, const char **values)
{
  static const char *const firsts[] = { "FirstC", "FirstZ", "FirstT" };
  LamTiffMeta *meta = &parser->meta;
  if (!parser->has_pixels || parser->is_bad)
    return;
  int64_t ifd = get_count (names, values, "IFD", -1);
  int64_t n =
      get_count (names, values, "PlaneCount", ifd >= 0 ? 1 : meta->n_planes);
  int64_t plane = 0;
  for (int i = 2; i >= 0; i--) {
    int axis = meta->order[i];
    int64_t at = get_count (names, values, firsts[axis], 0);
    if (axis == LAM_TIFF_C)
      at /= parser->samples;
    if (at < 0 || at >= meta->size[axis])
      return;
    plane = plane * meta->size[axis] + at;
  }
  for (int64_t i = 0; i < n && plane + i < meta->n_planes; i++)
    meta->page_of_plane[plane + i] = MAX (ifd, 0) + i;
}

static void
start_element (GMarkupParseContext *context, const char *element,
    const char **names, const char **values, gpointer user_data, GError **error)
{
  Parser *parser = user_data;
  const char *colon = strchr (element, ':');
  const char *name = colon ? colon + 1 : element;
  if (strcmp (name, "Image") == 0)
    parser->n_images++;
  if (parser->n_images > 1)
    return;
  if (strcmp (name, "Pixels") == 0 && !parser->has_pixels)
    start_pixels (parser, names, values);
  else if (strcmp (name, "TiffData") == 0)
    start_tiff_data (parser, names, values);
}

/* Whether every plane got a page of its own in this file. */
static bool
is_complete (const Parser *parser)
{
  const LamTiffMeta *meta = &parser->meta;
  guint n_pages = parser->pages->pages->len;
  g_autofree bool *used = g_new0 (bool, n_pages);
  for (int64_t i = 0; i < meta->n_planes; i++) {
    int64_t page = meta->page_of_plane[i];
    if (page < 0 || page >= n_pages || used[page])
      return false;
    used[page] = true;
  }
  return true;
}

static bool
check (Parser *parser, const char *path, GError **error)
{
  LamTiffMeta *meta = &parser->meta;
  guint n_pages = parser->pages->pages->len;
  if (parser->n_images > 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s holds %d images (OME-TIFF series): save the one you need as a "
           "file of its own"),
        path, parser->n_images);
    return false;
  }
  if (is_complete (parser))
    return true;
  g_clear_pointer (&meta->page_of_plane, g_free);
  if (meta->n_planes == n_pages)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("%s describes %" PRId64 " planes (OME-TIFF) but has %u pages: the "
         "rest may be in other files. Save the image as one file"),
      path, meta->n_planes, n_pages);
  return false;
}

bool
lam_tiff_ome_read (const LamTiffPages *pages, const char *path,
    LamTiffMeta *meta, GError **error)
{
  static const GMarkupParser functions = { .start_element = start_element };
  const LamTiffKind *kind = &g_array_index (pages->kinds, LamTiffKind, 0);
  Parser parser = { .pages = pages, .samples = kind->samples };
  GMarkupParseContext *context =
      g_markup_parse_context_new (&functions, 0, &parser, NULL);
  const char *text = pages->description;
  bool is_xml =
      g_markup_parse_context_parse (context, text, strlen (text), NULL)
      && g_markup_parse_context_end_parse (context, NULL);
  g_markup_parse_context_free (context);
  /* A description kept from another image does not count. */
  bool is_ours = is_xml && parser.has_pixels && !parser.is_bad
      && parser.size_xy[0] == kind->width && parser.size_xy[1] == kind->height;
  if (!is_ours) {
    lam_tiff_meta_clear (&parser.meta);
    return true;
  }
  bool ok = check (&parser, path, error);
  if (!ok)
    lam_tiff_meta_clear (&parser.meta);
  *meta = parser.meta;
  return ok;
}
