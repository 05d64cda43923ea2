/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/training-record.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#include "base/error.h"

#define GROUP "training"
#define VERSION 1

void
lam_training_record_free (LamTrainingRecord *record)
{
  g_free (record->model_name);
  g_clear_pointer (&record->choice, lam_truth_choice_free);
  g_strfreev (record->names);
  g_free (record);
}

char *
lam_training_record_dup_folder (const char *project)
{
  const char *dot = strrchr (project, '.');
  const char *slash = strrchr (project, '/');
  g_autofree char *stem = dot && dot > slash
      ? g_strndup (project, (gsize)(dot - project))
      : g_strdup (project);
  return g_strconcat (stem, ".training", NULL);
}

/* ---- Writing ------------------------------------------------------------ */

/* Six numbers a box. */
static void
put_boxes (GKeyFile *file, const char *key, const GArray *boxes)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < boxes->len; i++) {
    const LamBox *box = &g_array_index (boxes, LamBox, i);
    g_ptr_array_add (lines,
        g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                         " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                         " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
            box->min[0], box->min[1], box->min[2], box->max[0], box->max[1],
            box->max[2]));
  }
  g_key_file_set_string_list (
      file, GROUP, key, (const char *const *)lines->pdata, lines->len);
}

bool
lam_training_record_write (
    const LamTrainingRecord *record, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const LamTruthChoice *choice = record->choice;
  g_key_file_set_integer (file, GROUP, "version", VERSION);
  g_key_file_set_string (file, GROUP, "model", record->model_name);
  g_key_file_set_int64 (file, GROUP, "step", record->step);
  g_key_file_set_int64 (file, GROUP, "steps", record->n_steps);
  g_key_file_set_int64 (file, GROUP, "kept", record->model);
  g_key_file_set_int64 (file, GROUP, "kept-step", record->kept_step);
  g_key_file_set_boolean (file, GROUP, "fills", choice->fills);
  g_key_file_set_integer_list (file, GROUP, "classes",
      (int *)(void *)choice->classes->data, choice->classes->len);
  g_key_file_set_string_list (file, GROUP, "names",
      (const char *const *)record->names, g_strv_length (record->names));
  put_boxes (file, "train", choice->train);
  put_boxes (file, "validation", choice->validation);
  put_boxes (file, "verified", choice->verified);
  return g_key_file_save_to_file (file, path, error);
}

/* ---- Reading ------------------------------------------------------------ */

static bool
parse_box (const char *text, LamBox *box)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  int64_t numbers[6];
  if (g_strv_length (words) != G_N_ELEMENTS (numbers))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!g_ascii_string_to_signed (
            words[i], 10, 0, G_MAXINT32, &numbers[i], NULL))
      return false;
  *box = lam_box_new (
      numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
  return !lam_box_is_empty (box);
}

static bool
take_boxes (
    GKeyFile *file, const char *key, const int64_t size[3], GArray *boxes)
{
  const LamBox all = lam_box_of_size (size);
  g_auto (GStrv) lines =
      g_key_file_get_string_list (file, GROUP, key, NULL, NULL);
  for (int i = 0; lines && lines[i]; i++) {
    LamBox box;
    if (!parse_box (lines[i], &box))
      return false;
    LamBox inside = lam_box_intersect (&all, &box);
    if (!lam_box_equal (&inside, &box))
      return false;
    g_array_append_val (boxes, box);
  }
  return lines != NULL;
}

static bool
take_classes (GKeyFile *file, LamTrainingRecord *record)
{
  gsize n = 0;
  g_autofree int *ids =
      g_key_file_get_integer_list (file, GROUP, "classes", &n, NULL);
  record->names = g_key_file_get_string_list (file, GROUP, "names", NULL, NULL);
  if (!ids || !record->names || n < 2 || n > LAM_TRUTH_MAX_CLASSES
      || n != g_strv_length (record->names))
    return false;
  record->choice->classes = g_array_new (false, false, sizeof (int32_t));
  g_array_append_vals (record->choice->classes, ids, (guint)n);
  for (gsize i = 0; i < n; i++)
    if (ids[i] < 0 || ids[i] >= UINT16_MAX)
      return false;
  return true;
}

static bool
take_all (GKeyFile *file, const int64_t size[3], LamTrainingRecord *record)
{
  LamTruthChoice *choice = record->choice = lam_truth_choice_new ();
  record->model_name = g_key_file_get_string (file, GROUP, "model", NULL);
  record->step = g_key_file_get_int64 (file, GROUP, "step", NULL);
  record->n_steps = g_key_file_get_int64 (file, GROUP, "steps", NULL);
  record->model = g_key_file_get_int64 (file, GROUP, "kept", NULL);
  record->kept_step = g_key_file_get_int64 (file, GROUP, "kept-step", NULL);
  choice->fills = g_key_file_get_boolean (file, GROUP, "fills", NULL);
  return g_key_file_get_integer (file, GROUP, "version", NULL) == VERSION
      && record->model_name && record->step >= 0
      && record->n_steps >= record->step && take_classes (file, record)
      && take_boxes (file, "train", size, choice->train)
      && take_boxes (file, "validation", size, choice->validation)
      && take_boxes (file, "verified", size, choice->verified)
      && choice->train->len > 0;
}

LamTrainingRecord *
lam_training_record_read (
    const char *path, const int64_t size[3], GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (LamTrainingRecord) record = g_new0 (LamTrainingRecord, 1);
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return NULL;
  if (take_all (file, size, record))
    return g_steal_pointer (&record);
  g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
      _ ("%s does not say how to go on with a training of this project"), path);
  return NULL;
}
