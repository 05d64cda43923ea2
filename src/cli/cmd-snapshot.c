/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* snapshot: a pane as a picture, without a window or a display. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/picture.h"
#include "workspace/sources.h"

#define MAX_EDGE_PX 8192

static char *option_output, *option_plane, *option_position, *option_zoom;
static char *option_size, *option_window, *option_channel, *option_opacity;
static gboolean option_no_labels, option_no_scale_bar, option_crosshair;
static gboolean option_by_class, option_sources, option_uncertainty;
static gboolean option_interpolate;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The picture (PNG)"), N_ ("FILE") },
  { "plane", 'p', 0, G_OPTION_ARG_STRING, &option_plane,
      N_ ("xy (default), xz, yz or overview"), N_ ("PLANE") },
  { "position", 0, 0, G_OPTION_ARG_STRING, &option_position,
      N_ ("What is in the middle, in voxels (the middle of the volume)"),
      N_ ("X,Y,Z") },
  { "zoom", 'z', 0, G_OPTION_ARG_STRING, &option_zoom,
      N_ ("nm a pixel, or fit (default): all of the slice"), N_ ("ZOOM") },
  { "size", 's', 0, G_OPTION_ARG_STRING, &option_size, N_ ("Pixels (800x800)"),
      N_ ("WxH") },
  { "window", 'w', 0, G_OPTION_ARG_STRING, &option_window,
      N_ ("Grey values that become black and white (as the project remembers, "
          "or from the image)"),
      N_ ("LOW,HIGH") },
  { "no-labels", 0, 0, G_OPTION_ARG_NONE, &option_no_labels,
      N_ ("The image alone"), NULL },
  { "by-class", 0, 0, G_OPTION_ARG_NONE, &option_by_class,
      N_ ("Colour labels by their class"), NULL },
  { "sources", 0, 0, G_OPTION_ARG_NONE, &option_sources,
      N_ ("Colour voxels by who said their label: painted by hand blue, "
          "accepted cyan, imported purple, networks red (newest) to pale"),
      NULL },
  { "uncertainty", 0, 0, G_OPTION_ARG_NONE, &option_uncertainty,
      N_ ("Colour voxels that a network said by how unsure it is: dark blue "
          "(0, "
          "sure) over red to pale yellow (255)"),
      NULL },
  { "opacity", 0, 0, G_OPTION_ARG_STRING, &option_opacity,
      N_ ("Of labels, in per cent (35)"), N_ ("N") },
  { "interpolate", 0, 0, G_OPTION_ARG_NONE, &option_interpolate,
      N_ ("Smooth between voxels"), NULL },
  { "crosshair", 0, 0, G_OPTION_ARG_NONE, &option_crosshair,
      N_ ("Draw the crosshair at the position"), NULL },
  { "no-scale-bar", 0, 0, G_OPTION_ARG_NONE, &option_no_scale_bar,
      N_ ("Leave the scale bar out"), NULL },
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel of an image, from 0"), N_ ("N") },
  { NULL },
};

static bool
parse_size (LamPicture *picture, GError **error)
{
  picture->width_px = picture->height_px = 800;
  if (!option_size)
    return true;
  char *end;
  guint64 width = g_ascii_strtoull (option_size, &end, 10), height = 0;
  bool good = end != option_size && (*end == 'x' || *end == 'X');
  if (good) {
    const char *second = end + 1;
    height = g_ascii_strtoull (second, &end, 10);
    good = end != second && *end == '\0';
  }
  if (!good || width < 16 || height < 16 || width > MAX_EDGE_PX
      || height > MAX_EDGE_PX)
    return lam_cli_usage_error (error,
        _ ("--size needs WIDTHxHEIGHT from 16 to %d pixels, not “%s”"),
        MAX_EDGE_PX, option_size);
  picture->width_px = (int)width;
  picture->height_px = (int)height;
  return true;
}

static bool
parse_zoom (LamPicture *picture, GError **error)
{
  if (!option_zoom || strcmp (option_zoom, "fit") == 0)
    return true;
  char *end;
  picture->nm_per_px = g_ascii_strtod (option_zoom, &end);
  return (*end == '\0' && picture->nm_per_px >= 1e-3
             && picture->nm_per_px <= 1e9)
      || lam_cli_usage_error (
          error, _ ("--zoom needs fit or nm a pixel, not “%s”"), option_zoom);
}

static bool
check_colours (GError **error)
{
  return option_sources + option_by_class + option_uncertainty <= 1
      || lam_cli_usage_error (error,
          _ ("only one of --sources, --by-class and --uncertainty can choose "
             "the colours"));
}

static bool
parse_view (LamPicture *picture, GError **error)
{
  static const char *const planes[] = { "xy", "xz", "yz", "overview", NULL };
  int plane = 0;
  int64_t percent = 35;
  if (!option_output)
    return lam_cli_usage_error (
        error, _ ("say where the picture goes: --output FILE"));
  if (!lam_argument_choice ("--plane", option_plane, planes, &plane, error)
      || !lam_argument_integer (
          "--opacity", option_opacity, 0, 100, &percent, error)
      || !parse_size (picture, error) || !parse_zoom (picture, error)
      || !check_colours (error))
    return false;
  picture->is_overview = plane == LAM_N_PLANES;
  picture->plane = picture->is_overview ? LAM_PLANE_XY : (LamPlane)plane;
  picture->show_scale_bar = !option_no_scale_bar;
  picture->look = (LamLook){ .interpolate = option_interpolate,
    .label_opacity = (double)percent / 100,
    .outline_opacity = 0.9,
    .hide_labels = option_no_labels,
    .colour_by_class = option_by_class,
    .map = option_sources    ? LAM_MAP_SOURCES
        : option_uncertainty ? LAM_MAP_DOUBTS
                             : LAM_MAP_LABELS,
    .show_crosshair = option_crosshair,
    .background_rgb = { 0.1f, 0.1f, 0.1f } };
  return true;
}

static bool
choose_position (LamWorkspace *workspace, LamPicture *picture, GError **error)
{
  const int64_t *size = lam_workspace_get_size (workspace);
  for (int i = 0; i < 3; i++)
    picture->position[i] = (double)size[i] / 2;
  if (!lam_argument_place (
          "--position", option_position, picture->position, error))
    return false;
  for (int i = 0; i < 3; i++)
    if (picture->position[i] < 0 || picture->position[i] >= (double)size[i])
      return lam_cli_usage_error (error,
          _ ("--position %s is outside of the volume of %" G_GINT64_FORMAT
             " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
          option_position, size[0], size[1], size[2]);
  return true;
}

static bool
choose_newest_run (LamWorkspace *workspace, LamLook *look, GError **error)
{
  if (look->map == LAM_MAP_SOURCES
      && !lam_workspace_read_runs (workspace, error))
    return false;
  look->newest_run = lam_workspace_get_newest_run (workspace);
  return true;
}

static bool
choose_window (LamWorkspace *workspace, LamLook *look,
    GCancellable *cancellable, GError **error)
{
  if (!option_window)
    return lam_picture_choose_window (
        workspace, &look->low, &look->high, cancellable, error);
  char *end;
  look->low = g_ascii_strtod (option_window, &end);
  bool good = end != option_window && *end == ',';
  if (good) {
    const char *second = end + 1;
    look->high = g_ascii_strtod (second, &end);
    good = end != second && *end == '\0';
  }
  return (good && look->high > look->low)
      || lam_cli_usage_error (error,
          _ ("--window needs LOW,HIGH, the second being larger, not “%s”"),
          option_window);
}

static void
print_json (const LamPicture *picture)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", option_output);
  lam_json_add_text (json, "plane",
      picture->is_overview ? "overview" : lam_plane_name (picture->plane));
  lam_json_add_integer (json, "width", picture->width_px);
  lam_json_add_integer (json, "height", picture->height_px);
  lam_json_add_lengths (json, "position", picture->position);
  json_builder_set_member_name (json, "nm_per_px");
  json_builder_add_double_value (json, picture->nm_per_px);
  json_builder_end_object (json);
  lam_json_print (json);
}

static bool
run (const LamCliCall *call, GError **error)
{
  LamPicture picture = { 0 };
  int64_t channel = -1;
  if (!parse_view (&picture, error)
      || !lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT, &channel, error))
    return false;
  const LamOpenOptions how = { .channel = (int)channel };
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (call->arguments[0], &how, NULL, error);
  if (!workspace)
    return false;
  if (!lam_workspace_get_volume (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, "%s",
        lam_workspace_get_image_problem (workspace));
    return false;
  }
  const char *const inputs[] = { call->arguments[0],
    lam_volume_get_info (lam_workspace_get_volume (workspace))->path, NULL };
  if (!lam_output_check (option_output, inputs, call->force, error))
    return false;
  GCancellable *cancellable = lam_progress_get_cancellable (call->progress);
  bool done = choose_position (workspace, &picture, error)
      && choose_window (workspace, &picture.look, cancellable, error)
      && choose_newest_run (workspace, &picture.look, error)
      && lam_picture_write (
          workspace, &picture, option_output, call->progress, error);
  if (done && call->json)
    print_json (&picture);
  return done;
}

const LamCommand lam_command_snapshot = {
  .name = "snapshot",
  .title = N_ ("Draws a pane of a project or an image into a PNG file"),
  .usage = "PROJECT|VOLUME -o FILE",
  .help = N_ ("Draws what the window would show, off-screen: no display is "
              "needed, and the graphics may be software. Waits until "
              "everything is there at its best resolution."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
