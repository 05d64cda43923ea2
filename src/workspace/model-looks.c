/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-looks.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/class-fit.h"
#include "workspace/project-models.h"

#define COPIES "network.copies"
#define WITH "network.with" /* ids, a space between them */

LamCopies
lam_workspace_get_copies (LamWorkspace *workspace)
{
  g_autofree char *text = lam_workspace_dup_setting (workspace, COPIES);
  const int64_t n = text ? g_ascii_strtoll (text, NULL, 10) : 0;
  return n == LAM_COPIES_FLIPS || n == LAM_COPIES_TURNS ? (LamCopies)n
                                                        : LAM_COPIES_ONE;
}

void
lam_workspace_set_copies (LamWorkspace *workspace, LamCopies copies)
{
  g_autofree char *text = g_strdup_printf ("%d", (int)copies);
  if (lam_workspace_get_copies (workspace) == copies)
    return;
  lam_workspace_set_setting (workspace, COPIES, text);
  g_signal_emit_by_name (workspace, "models-changed");
}

/* int64_t, rising, each once. */
static GArray *
read_ids (LamStore *store)
{
  g_autofree char *text = store ? lam_store_dup_setting (store, WITH) : NULL;
  GArray *ids = g_array_new (false, false, sizeof (int64_t));
  char *end = NULL;
  for (const char *at = text; at && *at; at = end) {
    const int64_t id = g_ascii_strtoll (at, &end, 10);
    if (end == at)
      break;
    const bool rises =
        ids->len == 0 || id > g_array_index (ids, int64_t, ids->len - 1);
    if (id > 0 && rises)
      g_array_append_val (ids, id);
  }
  return ids;
}

static void
write_ids (LamWorkspace *workspace, const GArray *ids)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "",
        g_array_index (ids, int64_t, i));
  lam_workspace_set_setting (workspace, WITH, text->str);
  g_signal_emit_by_name (workspace, "models-changed");
}

/* Where it is, or would be. */
static guint
find (const GArray *ids, int64_t id)
{
  guint i = 0;
  while (i < ids->len && g_array_index (ids, int64_t, i) < id)
    i++;
  return i;
}

static bool
has (const GArray *ids, int64_t id)
{
  const guint i = find (ids, id);
  return i < ids->len && g_array_index (ids, int64_t, i) == id;
}

bool
lam_project_model_is_asked (LamStore *store, int64_t model)
{
  g_autoptr (GArray) ids = read_ids (store);
  return has (ids, model);
}

bool
lam_workspace_asks_too (LamWorkspace *workspace, int64_t model)
{
  return lam_project_model_is_asked (
      lam_workspace_get_store (workspace), model);
}

void
lam_workspace_set_asks_too (LamWorkspace *workspace, int64_t model, bool asks)
{
  g_autoptr (GArray) ids = read_ids (lam_workspace_get_store (workspace));
  if (has (ids, model) == asks)
    return;
  if (asks)
    g_array_insert_val (ids, find (ids, model), model);
  else
    g_array_remove_index (ids, find (ids, model));
  write_ids (workspace, ids);
}

/* NULL with error. */
static char *
read_classes (LamStore *store, int64_t model, char **title, GError **error)
{
  g_autoptr (LamModel) opened =
      lam_project_model_open (store, model, title, error);
  if (!opened)
    return NULL;
  g_auto (GStrv) names = lam_class_fit_dup_names (opened);
  return g_strjoinv (", ", names);
}

static bool
check_pair (LamStore *store, const char *title, const char *classes,
    int64_t other, GError **error)
{
  g_autofree char *other_title = NULL;
  g_autofree char *other_classes =
      read_classes (store, other, &other_title, error);
  if (!other_classes)
    return false;
  if (strcmp (classes, other_classes) == 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("“%s” and “%s” cannot decide together: the classes of the first are "
         "%s, those of the second %s"),
      title, other_title, classes, other_classes);
  return false;
}

bool
lam_project_models_check_together (
    LamStore *store, int64_t model, const GArray *asked, GError **error)
{
  g_autofree char *title = NULL;
  g_autofree char *classes =
      asked->len > 0 ? read_classes (store, model, &title, error) : NULL;
  if (asked->len > 0 && !classes)
    return false;
  for (guint i = 0; i < asked->len; i++)
    if (!check_pair (
            store, title, classes, g_array_index (asked, int64_t, i), error))
      return false;
  return true;
}

typedef struct {
  LamStore *store; /* Owned */
  int64_t active, model;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;
  g_object_unref (question->store);
  g_free (question);
}

static void
check_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Question *question = data;
  g_autoptr (GArray) asked = g_array_new (false, false, sizeof (int64_t));
  GError *error = NULL;
  g_array_append_val (asked, question->model);
  if (question->active == 0 || question->active == question->model
      || lam_project_models_check_together (
          question->store, question->active, asked, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Question *question = g_task_get_task_data (G_TASK (result));
  LamWorkspace *workspace = g_task_get_source_object (task);
  GError *error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (lam_workspace_get_store (workspace) == question->store
      && lam_workspace_get_active_model (workspace) != question->active) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Another network is the active one by now: ask again"));
    return;
  }
  if (lam_workspace_get_store (workspace) == question->store)
    lam_workspace_set_asks_too (workspace, question->model, true);
  g_task_return_boolean (task, true);
}

void
lam_workspace_ask_too_async (LamWorkspace *workspace, int64_t model,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (workspace, NULL, callback, user_data);
  Question *question = g_new (Question, 1);
  *question = (Question){ g_object_ref (lam_workspace_get_store (workspace)),
    lam_workspace_get_active_model (workspace), model };
  g_autoptr (GTask) work = g_task_new (NULL, NULL, checked_cb, task);
  g_task_set_task_data (work, question, question_free);
  g_task_run_in_thread (work, check_in_thread);
}

bool
lam_workspace_ask_too_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GArray *
lam_workspace_list_asked (LamWorkspace *workspace, int64_t model)
{
  g_autoptr (GArray) ids = read_ids (lam_workspace_get_store (workspace));
  GArray *asked = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (GPtrArray) rows =
      ids->len > 0 ? lam_workspace_list_models (workspace, NULL) : NULL;
  for (guint i = 0; rows && i < rows->len; i++) {
    const LamModelRow *row = g_ptr_array_index (rows, i);
    if (!row->removed && row->id != model && has (ids, row->id))
      g_array_append_val (asked, row->id);
  }
  return asked;
}

int
lam_workspace_count_looks (LamWorkspace *workspace)
{
  const int64_t active = lam_workspace_get_active_model (workspace);
  g_autoptr (GArray) asked = lam_workspace_list_asked (workspace, active);
  return (int)lam_workspace_get_copies (workspace) * (1 + (int)asked->len);
}

char *
lam_workspace_dup_looks (LamWorkspace *workspace, int64_t model)
{
  const LamCopies copies = lam_workspace_get_copies (workspace);
  g_autoptr (GArray) asked = lam_workspace_list_asked (workspace, model);
  GString *text = g_string_new (NULL);
  if (copies != LAM_COPIES_ONE)
    g_string_printf (text, "copies=%d", (int)copies);
  for (guint i = 0; i < asked->len; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT,
        i > 0           ? ","
            : text->len ? " with="
                        : "with=",
        g_array_index (asked, int64_t, i));
  /* Once it was how much they disagree: such are not of the same run. */
  if (text->len > 0)
    g_string_append (text, " unsure=entropy");
  return g_string_free (text, FALSE);
}
