/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/truth-map.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"

/* ---- The map ------------------------------------------------------------ */

static bool
find_class (const char *word, const LamClassTable *classes, guint *class_id,
    GError **error)
{
  guint64 number;
  if (g_ascii_string_to_unsigned (
          word, 10, 0, LAM_TRUTH_UNLABELLED - 1, &number, NULL)) {
    *class_id = (guint)number;
    if (!classes || lam_class_table_get_class (classes, (int32_t)number))
      return true;
  }
  const size_t n = classes ? lam_class_table_get_n_classes (classes) : 0;
  g_autoptr (GString) names = g_string_new (NULL);
  for (size_t i = 0; i < n; i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    g_string_append_printf (
        names, "%s%d “%s”", i > 0 ? ", " : "", row->id, row->name);
    if (strcmp (row->name, word) != 0 || row->id >= LAM_TRUTH_UNLABELLED)
      continue;
    *class_id = (guint)row->id;
    return true;
  }
  if (classes)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("“%s” is no class here; there are %s"), word, names->str);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("“%s” is no class: they are numbers from 0 to 254"), word);
  return false;
}

/* "2=1" */
static bool
parse_pair (LamTruthMap *map, const char *text, const LamClassTable *classes,
    GError **error)
{
  const char *sign = strchr (text, '=');
  g_autofree char *left = g_strstrip (g_strndup (text, sign ? sign - text : 0));
  g_autofree char *right = g_strstrip (g_strdup (sign ? sign + 1 : ""));
  guint64 number;
  guint class_id;
  if (!sign
      || !g_ascii_string_to_unsigned (
          left, 10, 0, UINT32_MAX - 1, &number, NULL)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("“%s” is not of the form THEIRS=OURS"), text);
    return false;
  }
  if (!find_class (right, classes, &class_id, error))
    return false;
  if (g_hash_table_insert (map, GUINT_TO_POINTER ((guint)number),
          GUINT_TO_POINTER (class_id + 1)))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%u is told twice: it can be one class only"), (guint)number);
  return false;
}

LamTruthMap *
lam_truth_map_parse (
    const char *text, const LamClassTable *classes, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GHashTable) map = g_hash_table_new (NULL, NULL);
  for (int i = 0; i == 0 || parts[i]; i++)
    if (!parse_pair (map, parts[i] ? parts[i] : "", classes, error))
      return NULL;
  return g_steal_pointer (&map);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* Keys of `set` that `without` (or NULL) does not have. */
static GArray *
list_numbers (GHashTable *set, GHashTable *without)
{
  GArray *numbers = g_array_new (false, false, sizeof (uint32_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const uint32_t number = GPOINTER_TO_UINT (key);
    if (!without || !g_hash_table_contains (without, key))
      g_array_append_val (numbers, number);
  }
  g_array_sort (numbers, compare);
  return numbers;
}

char *
lam_truth_map_to_text (LamTruthMap *map)
{
  g_autoptr (GArray) numbers = list_numbers (map, NULL);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < numbers->len; i++) {
    const uint32_t number = g_array_index (numbers, uint32_t, i);
    gpointer ours = g_hash_table_lookup (map, GUINT_TO_POINTER (number));
    g_string_append_printf (
        text, "%s%u=%u", i > 0 ? "," : "", number, GPOINTER_TO_UINT (ours) - 1);
  }
  return g_string_free (text, false);
}

static const LamClass *
find_name (const LamClassTable *classes, const char *name)
{
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    if (strcmp (row->name, name) == 0 && row->id < LAM_TRUTH_UNLABELLED)
      return row;
  }
  return NULL;
}

void
lam_truth_map_add_names (
    LamTruthMap *map, const LamClassTable *theirs, const LamClassTable *ours)
{
  for (size_t i = 0; i < lam_class_table_get_n_classes (theirs); i++) {
    const LamClass *row = lam_class_table_get_nth_class (theirs, i);
    const LamClass *same = find_name (ours, row->name);
    gpointer key = GUINT_TO_POINTER ((guint)row->id);
    if (same && !g_hash_table_contains (map, key))
      g_hash_table_insert (map, key, GUINT_TO_POINTER ((guint)same->id + 1));
  }
}

/* ---- The source --------------------------------------------------------- */

typedef struct {
  LamSource source;
  LamSource *truth; /* Owned */
  LamTruthMap *map; /* Owned */
  GMutex lock;
  GHashTable *seen; /* Owned; a set; under the lock */
} MappedSource;

/* At most as many as are told, and LAM_MAPPED_MOST more. */
static void
note_seen (MappedSource *mapped, uint32_t number, bool is_known)
{
  g_mutex_lock (&mapped->lock);
  if (is_known
      || g_hash_table_size (mapped->seen)
          < LAM_MAPPED_MOST + g_hash_table_size (mapped->map))
    g_hash_table_add (mapped->seen, GUINT_TO_POINTER (number));
  g_mutex_unlock (&mapped->lock);
}

static guint8
find_ours (MappedSource *mapped, uint32_t number)
{
  gpointer ours = g_hash_table_lookup (mapped->map, GUINT_TO_POINTER (number));
  if (ours || number != LAM_TRUTH_UNLABELLED)
    note_seen (mapped, number, ours != NULL);
  return ours ? (guint8)(GPOINTER_TO_UINT (ours) - 1) : LAM_TRUTH_UNLABELLED;
}

static bool
refuse_negative (LamSource *truth, int64_t number, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds %" G_GINT64_FORMAT ": no class is less than 0"),
      lam_source_get_info (truth)->path, number);
  return false;
}

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  MappedSource *mapped = (MappedSource *)source;
  const LamDtype dtype = lam_source_get_info (mapped->truth)->dtype;
  const int64_t n = lam_box_volume (box);
  g_autofree void *numbers = g_malloc ((size_t)n * lam_dtype_bytes (dtype));
  if (!lam_source_read_box (mapped->truth, 0, box, numbers, cancellable, error))
    return false;
  guint8 *classes = out;
  int64_t last = 0;
  for (int64_t i = 0; i < n; i++) {
    const int64_t number = lam_dtype_number_at (numbers, dtype, i);
    if (number < 0)
      return refuse_negative (mapped->truth, number, error);
    classes[i] = i > 0 && number == last ? classes[i - 1]
                                         : find_ours (mapped, (uint32_t)number);
    last = number;
  }
  return true;
}

static void
mapped_free (LamSource *source)
{
  MappedSource *mapped = (MappedSource *)source;
  lam_source_unref (mapped->truth);
  g_hash_table_unref (mapped->map);
  g_hash_table_unref (mapped->seen);
  g_mutex_clear (&mapped->lock);
  g_free (mapped);
}

LamSource *
lam_mapped_source_new (LamSource *truth, LamTruthMap *map)
{
  static const LamSourceMethods methods = { read_box, mapped_free };
  const LamSourceInfo *from = lam_source_get_info (truth);
  MappedSource *mapped = g_new0 (MappedSource, 1);
  lam_source_init (&mapped->source, &methods, from->path);
  mapped->truth = lam_source_ref (truth);
  mapped->map = g_hash_table_ref (map);
  mapped->seen = g_hash_table_new (NULL, NULL);
  g_mutex_init (&mapped->lock);
  LamSourceInfo *info = &mapped->source.info;
  char *path = info->path;
  *info = *from;
  info->path = path;
  info->note = NULL; /* owned by the truth */
  info->n_levels = 1;
  info->dtype = LAM_DTYPE_U8;
  return &mapped->source;
}

GArray *
lam_mapped_source_list_unknown (LamSource *source)
{
  MappedSource *mapped = (MappedSource *)source;
  return list_numbers (mapped->seen, mapped->map);
}

GArray *
lam_mapped_source_list_unused (LamSource *source)
{
  MappedSource *mapped = (MappedSource *)source;
  return list_numbers (mapped->map, mapped->seen);
}
