/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/place-bar.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/dissent-outline.h"
#include "app/dissent-words.h"
#include "app/key-tips.h"
#include "app/message-dialog.h"
#include "app/place-note.h"
#include "workspace/taking.h"
#include "workspace/theirs.h"

struct _LamPlaceBar {
  GtkWidget parent_instance;
  bool is_open;
  LamPlace shown; /* that the images are at; its box empty: none */
  /* Owned */
  GSettings *settings;
  LamWorkspace *workspace;
  LamErrorQueue *queue; /* NULL without a project */
  LamDissentOutline *outline;
  /* Borrowed */
  LamCanvas *canvas; /* or NULL once it is gone */
  /* Template children */
  GtkRevealer *revealer;
  GtkSpinner *spinner;
  GtkImage *icon;
  GtkLabel *reason;
  GtkLabel *progress;
  GtkWidget *verdicts;
  GtkWidget *theirs;
  GtkMenuButton *more;
  GtkLabel *theirs_key;
  GtkLabel *right;
  GtkLabel *verified_key;
  GtkLabel *unsure_key;
  GtkLabel *next_key;
  GtkWidget *next;
  GtkProgressBar *looked_at;
  LamPlaceNote *note;
};

G_DEFINE_FINAL_TYPE (LamPlaceBar, lam_place_bar, GTK_TYPE_WIDGET)

static guint arrived_signal;

/* --- words ---------------------------------------------------------------- */

static bool
has_labels (LamPlaceBar *bar)
{
  return lam_label_map_get_n_bricks (lam_workspace_get_labels (bar->workspace))
      > 0;
}

/* Of a queue that is at no place. */
static const char *
get_title (LamPlaceBar *bar, const LamErrorProgress *progress)
{
  if (!progress->is_known)
    return _ ("Looking for likely errors…");
  if (!has_labels (bar))
    return _ ("There is nothing to look at yet");
  return progress->n_looked_at > 0 ? _ ("You have looked at every likely error")
                                   : _ ("No likely error was found");
}

static const char *
get_advice (LamPlaceBar *bar, const LamErrorProgress *progress)
{
  if (!progress->is_known)
    return _ ("You can go on meanwhile.");
  if (!has_labels (bar))
    return _ ("Let a network segment the volume ({win.networks}) or import "
              "labels ({win.import}), then press {win.next-place}.");
  return _ ("Places come back by themselves where a network gives another "
            "answer. Press {win.next-place} to see.");
}

static const char *
get_verdict_text (LamVerdict verdict, bool is_for_note)
{
  if (is_for_note)
    return _ ("Kept as unsure, for your note; {win.write-to-place} and no text "
              "takes that back");
  switch (verdict) {
  case LAM_VERDICT_VERIFIED:
    return _ ("You said it is right; {win.take-verdict-back} takes that back");
  case LAM_VERDICT_UNSURE:
    return _ ("You were unsure; {win.take-verdict-back} takes that back");
  case LAM_VERDICT_CORRECTED:
    return _ ("You corrected it; {win.next-place} goes on");
  case LAM_N_VERDICTS:
    break;
  }
  g_return_val_if_reached ("");
}

static char *
dup_count (const LamErrorProgress *progress)
{
  const int n = progress->n_looked_at + progress->n_left;
  if (progress->are_more)
    return g_strdup_printf (
        _ ("%d of more than %d places looked at"), progress->n_looked_at, n);
  return g_strdup_printf (
      ngettext ("%d of %d place looked at", "%d of %d places looked at", n),
      progress->n_looked_at, n);
}

static char *
dup_share (double share)
{
  const double percent = 100 * share;
  return percent >= 10 || percent == 0
      ? g_strdup_printf (_ ("%.0f %% of the volume verified"), percent)
      : percent < 0.1
      ? g_strdup (_ ("less than 0.1 % of the volume verified"))
      : g_strdup_printf (_ ("%.1f %% of the volume verified"), percent);
}

/* What there is to say, with dots between. */
static char *
dup_progress (LamPlaceBar *bar, const LamErrorProgress *progress)
{
  LamVerdict verdict;
  g_autofree char *said = lam_error_queue_get_verdict (bar->queue, &verdict)
      ? lam_key_tips_dup_text (
          get_verdict_text (verdict, lam_error_queue_is_for_note (bar->queue)),
          bar->settings)
      : NULL;
  g_autofree char *count = dup_count (progress);
  g_autofree char *share = dup_share (progress->verified);
  g_autofree char *left = lam_error_dup_time_left (progress->seconds_left);
  const char *note = lam_error_queue_get_note (bar->queue);
  g_autofree char *quoted = *note ? g_strdup_printf (_ ("“%s”"), note) : NULL;
  const char *parts[6] = { NULL };
  int n = 0;
  if (quoted)
    parts[n++] = quoted;
  if (said)
    parts[n++] = said;
  parts[n++] = count;
  parts[n++] = share;
  if (left)
    parts[n++] = left;
  return g_strjoinv (" · ", (char **)parts);
}

/* --- showing -------------------------------------------------------------- */

static void
show_keys (LamPlaceBar *bar)
{
  const struct {
    GtkLabel *label;
    const char *action;
  } rows[] = {
    { bar->theirs_key, "{win.take-theirs}" },
    { bar->verified_key, "{win.say-of-place(0)}" },
    { bar->unsure_key, "{win.say-of-place(1)}" },
    { bar->next_key, "{win.next-place}" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *key =
        lam_key_tips_dup_text (rows[i].action, bar->settings);
    gtk_label_set_text (rows[i].label, key);
  }
  g_autoptr (GMenuModel) menu = lam_dissent_menu_new (bar->settings);
  gtk_menu_button_set_menu_model (bar->more, menu);
}

static const char *
get_icon (LamPlaceBar *bar)
{
  LamVerdict verdict;
  if (!lam_error_queue_get_verdict (bar->queue, &verdict))
    return lam_error_queue_get_place (bar->queue) ? "find-location-symbolic"
                                                  : "emblem-ok-symbolic";
  return verdict == LAM_VERDICT_UNSURE  ? "dialog-question-symbolic"
      : verdict == LAM_VERDICT_VERIFIED ? "emblem-ok-symbolic"
                                        : "document-edit-symbolic";
}

static void
show_texts (LamPlaceBar *bar, const LamPlace *place)
{
  LamErrorProgress progress;
  lam_error_queue_get_progress (bar->queue, &progress);
  const int n = progress.n_looked_at + progress.n_left;
  g_autofree char *reason = place
      ? lam_dissent_dup_reason (bar->workspace, place)
      : g_strdup (get_title (bar, &progress));
  g_autofree char *text = place
      ? dup_progress (bar, &progress)
      : lam_key_tips_dup_text (get_advice (bar, &progress), bar->settings);
  const bool is_waiting = !place && !progress.is_known;
  gtk_label_set_text (bar->reason, reason);
  gtk_label_set_text (bar->progress, text);
  /* Where there is no room for all of it. */
  gtk_widget_set_tooltip_text (GTK_WIDGET (bar->reason), reason);
  gtk_widget_set_tooltip_text (GTK_WIDGET (bar->progress), text);
  gtk_widget_set_visible (bar->verdicts, place != NULL);
  const bool is_dissent = place && place->kind == LAM_PLACE_DISSENT;
  gtk_widget_set_visible (bar->theirs, is_dissent);
  gtk_widget_set_visible (GTK_WIDGET (bar->more), is_dissent);
  gtk_label_set_text (
      bar->right, is_dissent ? _ ("Keep mine") : _ ("Looks right"));
  gtk_widget_set_visible (bar->next, !is_waiting);
  gtk_widget_set_visible (GTK_WIDGET (bar->icon), !is_waiting);
  gtk_widget_set_visible (GTK_WIDGET (bar->spinner), is_waiting);
  gtk_spinner_set_spinning (bar->spinner, is_waiting && bar->is_open);
  gtk_image_set_from_icon_name (bar->icon, get_icon (bar));
  gtk_progress_bar_set_fraction (
      bar->looked_at, n > 0 ? (double)progress.n_looked_at / n : 0);
  if (progress.is_known)
    lam_announce ("PLACES %d %d", progress.n_looked_at, progress.n_left);
}

static void
announce_place (const LamPlace *place)
{
  const int64_t *min = place->box.min, *max = place->box.max;
  lam_announce ("PLACE %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                " %" G_GINT64_FORMAT,
      lam_place_kind_name (place->kind), min[0], min[1], min[2], max[0], max[1],
      max[2]);
}

/* One box may be the place of more than one thing. */
static bool
is_same_place (const LamPlace *a, const LamPlace *b)
{
  return lam_box_equal (&a->box, &b->box) && a->kind == b->kind
      && a->voice == b->voice && a->label == b->label && a->beside == b->beside;
}

/* The images follow when the place is another, not when the person has moved
 * away from it. */
static void
follow (LamPlaceBar *bar, const LamPlace *place)
{
  const LamPlace none = { 0 };
  const LamPlace *wanted = place && bar->is_open ? place : &none;
  if (is_same_place (&bar->shown, wanted))
    return;
  bar->shown = *wanted;
  lam_dissent_outline_drop (bar->outline);
  if (bar->canvas)
    lam_canvas_mark_box (
        bar->canvas, place && bar->is_open ? &wanted->box : NULL);
  if (!place || !bar->is_open)
    return;
  if (place->kind == LAM_PLACE_DISSENT)
    lam_workspace_look_at_theirs (bar->workspace, place->voice);
  if (place->kind == LAM_PLACE_DISSENT && bar->outline)
    lam_dissent_outline_look (bar->outline, bar->workspace, place);
  announce_place (place);
  g_signal_emit (bar, arrived_signal, 0);
}

static void
show (LamPlaceBar *bar)
{
  const LamPlace *place =
      bar->queue ? lam_error_queue_get_place (bar->queue) : NULL;
  gtk_revealer_set_reveal_child (bar->revealer, bar->is_open);
  follow (bar, place);
  if (bar->queue && bar->is_open)
    show_texts (bar, place);
}

/* --- what the person does ------------------------------------------------- */

/* Shows the place that was left when the bar was closed, if there is one. */
static bool
open_bar (LamPlaceBar *bar)
{
  if (bar->is_open)
    return false;
  LamVerdict verdict;
  bar->is_open = true;
  lam_error_queue_set_active (bar->queue, true);
  show (bar);
  return lam_error_queue_get_place (bar->queue)
      && !lam_error_queue_get_verdict (bar->queue, &verdict);
}

void
lam_place_bar_next (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  lam_place_note_finish (bar->note);
  if (bar->queue && !open_bar (bar))
    lam_error_queue_next (bar->queue);
}

void
lam_place_bar_previous (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  lam_place_note_finish (bar->note);
  if (!bar->queue || open_bar (bar))
    return;
  if (!lam_error_queue_previous (bar->queue))
    lam_toast_show (GTK_WIDGET (bar), _ ("There is no place before this one."));
}

/* False, and says so, when no place is shown. */
static bool
is_at_place (LamPlaceBar *bar)
{
  if (!bar->queue || (bar->is_open && lam_error_queue_get_place (bar->queue)))
    return bar->queue != NULL;
  g_autofree char *text = lam_key_tips_dup_text (
      _ ("Go to a likely error first, by {win.next-place}."), bar->settings);
  lam_toast_show (GTK_WIDGET (bar), text);
  return false;
}

void
lam_place_bar_say (LamPlaceBar *bar, LamVerdict verdict)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  lam_place_note_finish (bar->note);
  if (!is_at_place (bar) || !lam_error_queue_say (bar->queue, verdict))
    return;
  lam_announce ("VERDICT %s", lam_verdict_name (verdict));
  lam_error_queue_next (bar->queue);
}

void
lam_place_bar_write (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  if (is_at_place (bar))
    lam_place_note_edit (bar->note);
}

static void
written_cb (LamPlaceBar *bar)
{
  if (bar->canvas)
    gtk_widget_child_focus (GTK_WIDGET (bar->canvas), GTK_DIR_TAB_FORWARD);
}

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamPlaceBar) bar = user_data;
  g_autoptr (GError) error = NULL;
  int64_t n_verified;
  if (!lam_workspace_take_voice_finish (
          LAM_WORKSPACE (source), result, &n_verified, &error)) {
    lam_toast_show (GTK_WIDGET (bar), error->message);
    return;
  }
  if (n_verified > 0)
    lam_toast_show (
        GTK_WIDGET (bar), _ ("Taken, but for what lies in a verified region"));
  lam_announce ("VERDICT theirs");
  if (bar->queue && bar->is_open)
    lam_error_queue_next (bar->queue);
}

/* The edit says "corrected" by itself, as painting does. */
void
lam_place_bar_take_theirs (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  lam_place_note_finish (bar->note);
  const LamPlace *place = lam_place_bar_get_dissent (bar);
  if (place) {
    lam_workspace_take_voice_async (
        bar->workspace, place, NULL, taken_cb, g_object_ref (bar));
    return;
  }
  g_autofree char *text = lam_key_tips_dup_text (
      _ ("Nobody says otherwise here; {win.next-place} goes to the next "
         "place."),
      bar->settings);
  lam_toast_show (GTK_WIDGET (bar), text);
}

const LamPlace *
lam_place_bar_get_dissent (LamPlaceBar *bar)
{
  g_return_val_if_fail (LAM_IS_PLACE_BAR (bar), NULL);
  const LamPlace *place = bar->queue && bar->is_open
      ? lam_error_queue_get_place (bar->queue)
      : NULL;
  return place && place->kind == LAM_PLACE_DISSENT ? place : NULL;
}

void
lam_place_bar_note_said (LamPlaceBar *bar, const GArray *rows)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  LamVerdict verdict;
  if (!bar->queue)
    return;
  lam_error_queue_note_said (bar->queue, rows);
  if (lam_place_bar_get_dissent (bar)
      && lam_error_queue_get_verdict (bar->queue, &verdict))
    lam_error_queue_next (bar->queue);
}

void
lam_place_bar_take_back (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  LamVerdict verdict;
  if (!bar->queue || !bar->is_open)
    return;
  if (!lam_error_queue_get_verdict (bar->queue, &verdict)) {
    g_autofree char *text = lam_key_tips_dup_text (
        _ ("Nothing was said of this place; {win.previous-place} goes back to "
           "the one before."),
        bar->settings);
    lam_toast_show (GTK_WIDGET (bar), text);
    return;
  }
  lam_error_queue_take_back (bar->queue);
  const bool is_kept = lam_error_queue_get_verdict (bar->queue, &verdict);
  lam_announce ("VERDICT %s", is_kept ? lam_verdict_name (verdict) : "none");
}

void
lam_place_bar_close (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  lam_place_note_finish (bar->note);
  bar->is_open = false;
  if (bar->queue)
    lam_error_queue_set_active (bar->queue, false);
  show (bar);
  lam_announce ("PLACES closed");
}

bool
lam_place_bar_settle (LamPlaceBar *bar)
{
  g_return_val_if_fail (LAM_IS_PLACE_BAR (bar), true);
  return lam_place_note_finish (bar->note);
}

static void
close_cb (GtkButton *button, LamPlaceBar *bar)
{
  lam_place_bar_close (bar);
}

void
lam_place_bar_refresh (LamPlaceBar *bar)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  show_keys (bar);
  show (bar);
}

/* --- the widget ----------------------------------------------------------- */

static void
failed_cb (LamErrorQueue *queue, const char *text, LamPlaceBar *bar)
{
  lam_toast_show (GTK_WIDGET (bar), text);
}

static void
drop_queue (LamPlaceBar *bar)
{
  if (!bar->queue)
    return;
  g_signal_handlers_disconnect_by_data (bar->queue, bar);
  lam_error_queue_set_active (bar->queue, false);
  lam_place_note_set_queue (bar->note, NULL);
  g_clear_object (&bar->queue);
}

/* A project may come while an image is open. */
static void
make_queue (LamPlaceBar *bar)
{
  if (bar->queue || !lam_workspace_get_store (bar->workspace))
    return;
  bar->queue = lam_error_queue_new (bar->workspace);
  lam_place_note_set_queue (bar->note, bar->queue);
  g_signal_connect_swapped (bar->queue, "changed", G_CALLBACK (show), bar);
  g_signal_connect (bar->queue, "failed", G_CALLBACK (failed_cb), bar);
}

void
lam_place_bar_set_workspace (LamPlaceBar *bar, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar));
  lam_dissent_outline_drop (bar->outline);
  drop_queue (bar);
  if (bar->workspace)
    g_signal_handlers_disconnect_by_data (bar->workspace, bar);
  g_set_object (&bar->workspace, workspace);
  bar->is_open = false;
  bar->shown = (LamPlace){ 0 };
  gtk_revealer_set_reveal_child (bar->revealer, FALSE);
  if (!workspace)
    return;
  g_signal_connect_object (workspace, "project-changed",
      G_CALLBACK (make_queue), bar, G_CONNECT_SWAPPED);
  g_signal_connect_object (workspace, "theirs-changed", G_CALLBACK (show), bar,
      G_CONNECT_SWAPPED);
  make_queue (bar);
}

void
lam_place_bar_set_up (LamPlaceBar *bar, GSettings *settings, LamCanvas *canvas)
{
  g_return_if_fail (LAM_IS_PLACE_BAR (bar) && !bar->canvas);
  bar->settings = g_object_ref (settings);
  g_set_weak_pointer (&bar->canvas, canvas);
  bar->outline = lam_dissent_outline_new (canvas);
  show_keys (bar);
}

static void
lam_place_bar_dispose (GObject *object)
{
  LamPlaceBar *bar = LAM_PLACE_BAR (object);
  lam_dissent_outline_drop (bar->outline);
  g_clear_pointer (&bar->outline, lam_dissent_outline_unref);
  drop_queue (bar);
  if (bar->workspace)
    g_signal_handlers_disconnect_by_data (bar->workspace, bar);
  g_clear_object (&bar->workspace);
  g_clear_object (&bar->settings);
  g_clear_weak_pointer (&bar->canvas);
  gtk_widget_dispose_template (GTK_WIDGET (bar), LAM_TYPE_PLACE_BAR);
  G_OBJECT_CLASS (lam_place_bar_parent_class)->dispose (object);
}

static void
lam_place_bar_class_init (LamPlaceBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  g_type_ensure (LAM_TYPE_PLACE_NOTE);
  G_OBJECT_CLASS (class)->dispose = lam_place_bar_dispose;
  arrived_signal = g_signal_new ("arrived", LAM_TYPE_PLACE_BAR,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/place-bar.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamPlaceBar, child)
  BIND (revealer);
  BIND (spinner);
  BIND (icon);
  BIND (reason);
  BIND (progress);
  BIND (verdicts);
  BIND (theirs);
  BIND (theirs_key);
  BIND (more);
  BIND (right);
  BIND (verified_key);
  BIND (unsure_key);
  BIND (next_key);
  BIND (next);
  BIND (looked_at);
  BIND (note);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
  gtk_widget_class_bind_template_callback (widget_class, written_cb);
}

static void
lam_place_bar_init (LamPlaceBar *bar)
{
  gtk_widget_init_template (GTK_WIDGET (bar));
}
