/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A worker opens the file once a channel for a small picture of its middle, so
 * that the person can choose by looking. */
#include "app/channel-dialog.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/form-dialog.h"
#include "volume/format.h"

#define MOST_CHANNELS 32
#define PICTURE_PX 96

#define LAM_TYPE_CHANNEL_DIALOG (lam_channel_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamChannelDialog, lam_channel_dialog, LAM, CHANNEL_DIALOG, LamFormDialog)

struct _LamChannelDialog {
  LamFormDialog parent_instance;
  LamChannelChosen chosen; /* NULL once it was called */
  gpointer user_data;
  int channel; /* -1: none yet */
  GCancellable *cancellable; /* Owned */
  GtkCheckButton *first; /* Borrowed: of the group of buttons */
  /* Template children */
  AdwPreferencesGroup *group;
};

G_DEFINE_FINAL_TYPE (LamChannelDialog, lam_channel_dialog, LAM_TYPE_FORM_DIALOG)

/* --- looking at the file, in a worker ----------------------------------- */

static double
read_number (const void *numbers, LamDtype dtype, size_t i)
{
  switch (dtype) {
  case LAM_DTYPE_U8:
    return ((const uint8_t *)numbers)[i];
  case LAM_DTYPE_I8:
    return ((const int8_t *)numbers)[i];
  case LAM_DTYPE_U16:
    return ((const uint16_t *)numbers)[i];
  case LAM_DTYPE_I16:
    return ((const int16_t *)numbers)[i];
  case LAM_DTYPE_U32:
    return ((const uint32_t *)numbers)[i];
  case LAM_DTYPE_I32:
    return ((const int32_t *)numbers)[i];
  case LAM_DTYPE_F32:
    break;
  }
  return ((const float *)numbers)[i];
}

/* From the darkest to the brightest voxel, as a picture of greys. */
static GdkTexture *
make_picture (const void *numbers, LamDtype dtype, int width, int height)
{
  size_t n = (size_t)width * (size_t)height;
  g_autofree uint8_t *rgb = g_new (uint8_t, n * 3);
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    double number = read_number (numbers, dtype, i);
    low = fmin (low, number);
    high = fmax (high, number);
  }
  double scale = high > low ? 255 / (high - low) : 0;
  for (size_t i = 0; i < n; i++) {
    double grey = (read_number (numbers, dtype, i) - low) * scale;
    uint8_t byte = grey > 0 ? (uint8_t)fmin (grey, 255) : 0;
    rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = byte;
  }
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_steal_pointer (&rgb), n * 3);
  return gdk_memory_texture_new (
      width, height, GDK_MEMORY_R8G8B8, bytes, (gsize)width * 3);
}

/* The middle of the middle slice. */
static GdkTexture *
read_picture (LamSource *source, GCancellable *cancellable, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (source);
  const int64_t *size = info->levels[0].size;
  LamBox box;
  for (int i = 0; i < 3; i++) {
    int64_t extent = i < 2 ? MIN (size[i], PICTURE_PX) : 1;
    box.min[i] = (size[i] - extent) / 2;
    box.max[i] = box.min[i] + extent;
  }
  int width = (int)(box.max[0] - box.min[0]);
  int height = (int)(box.max[1] - box.min[1]);
  g_autofree void *numbers =
      g_malloc0_n ((gsize)width * (gsize)height, lam_dtype_bytes (info->dtype));
  if (!lam_source_read_box (source, 0, &box, numbers, cancellable, error))
    return NULL;
  return make_picture (numbers, info->dtype, width, height);
}

static void
look_in_thread (
    GTask *task, gpointer dialog, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) pictures =
      g_ptr_array_new_with_free_func (g_object_unref);
  GError *error = NULL;
  int n_channels = 1;
  for (int i = 0; i < n_channels && !error; i++) {
    LamOpenOptions options = { .channel = i };
    g_autoptr (LamSource) source = lam_format_open (data, &options, &error);
    if (!source)
      break;
    n_channels = MIN (lam_source_get_info (source)->n_channels, MOST_CHANNELS);
    GdkTexture *picture = read_picture (source, cancellable, &error);
    if (picture)
      g_ptr_array_add (pictures, picture);
  }
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (
        task, g_steal_pointer (&pictures), (GDestroyNotify)g_ptr_array_unref);
}

/* --- choosing ----------------------------------------------------------- */

static void
answer (LamChannelDialog *dialog, int channel)
{
  LamChannelChosen chosen = g_steal_pointer (&dialog->chosen);
  if (chosen)
    chosen (channel, dialog->user_data);
}

static void
toggled_cb (GtkCheckButton *button, LamChannelDialog *dialog)
{
  if (gtk_check_button_get_active (button))
    dialog->channel =
        GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "channel"));
  lam_form_dialog_set_can_accept (dialog, dialog->channel >= 0);
}

static void
add_row (LamChannelDialog *dialog, int channel, GdkTexture *picture)
{
  g_autofree char *title = g_strdup_printf (_ ("Channel %d"), channel + 1);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_check_button_new ();
  GtkWidget *image = gtk_picture_new_for_paintable (GDK_PAINTABLE (picture));

  gtk_widget_set_size_request (image, PICTURE_PX, PICTURE_PX);
  gtk_widget_set_margin_top (image, 6);
  gtk_widget_set_margin_bottom (image, 6);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (button), "channel", GINT_TO_POINTER (channel));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (button), dialog->first);
  g_signal_connect (button, "toggled", G_CALLBACK (toggled_cb), dialog);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), button);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), image);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (dialog->group, row);
  if (!dialog->first) {
    dialog->first = GTK_CHECK_BUTTON (button);
    gtk_check_button_set_active (dialog->first, TRUE);
  }
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamChannelDialog *dialog = LAM_CHANNEL_DIALOG (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) pictures =
      g_task_propagate_pointer (G_TASK (result), &error);
  if (g_cancellable_is_cancelled (dialog->cancellable))
    return;
  if (error)
    lam_form_dialog_set_problem (dialog, error->message);
  for (guint i = 0; pictures && i < pictures->len; i++)
    add_row (dialog, (int)i, pictures->pdata[i]);
}

static void
accept_cb (LamChannelDialog *dialog)
{
  answer (dialog, dialog->channel);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
lam_channel_dialog_dispose (GObject *object)
{
  LamChannelDialog *dialog = LAM_CHANNEL_DIALOG (object);
  g_cancellable_cancel (dialog->cancellable);
  answer (dialog, -1);
  G_OBJECT_CLASS (lam_channel_dialog_parent_class)->dispose (object);
}

static void
lam_channel_dialog_finalize (GObject *object)
{
  g_object_unref (LAM_CHANNEL_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (lam_channel_dialog_parent_class)->finalize (object);
}

static void
lam_channel_dialog_class_init (LamChannelDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_channel_dialog_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_channel_dialog_finalize;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/channel-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LamChannelDialog, group);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
}

static void
lam_channel_dialog_init (LamChannelDialog *dialog)
{
  dialog->channel = -1;
  dialog->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

void
lam_channel_dialog_present (GtkWindow *parent, const char *path,
    LamChannelChosen chosen, gpointer user_data)
{
  LamChannelDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_CHANNEL_DIALOG, parent, NULL);
  dialog->chosen = chosen;
  dialog->user_data = user_data;
  lam_form_dialog_set_can_accept (dialog, false);
  g_autoptr (GTask) task =
      g_task_new (dialog, dialog->cancellable, looked_cb, NULL);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, look_in_thread);
  gtk_window_present (GTK_WINDOW (dialog));
}
