/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/old-stack.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "volume/format.h"

struct _LamOldStack {
  LamOldObjects objects;
  /* Owned */
  LamSource *source;
  LamObjectList *list;
  GHashTable *fixed; /* ids */
};

static uint32_t
label_at (const void *voxels, LamDtype dtype, int64_t i)
{
  if (dtype == LAM_DTYPE_U8)
    return ((const uint8_t *)voxels)[i];
  if (dtype == LAM_DTYPE_U16)
    return ((const uint16_t *)voxels)[i];
  return ((const uint32_t *)voxels)[i];
}

/* Rows of one label are looked up once. */
static bool
mark_fixed (const LamOldStack *stack, const uint32_t *labels, int64_t n,
    bool *fixed, GError **error)
{
  for (int64_t i = 0; i < n;) {
    uint32_t id = labels[i];
    gpointer key = GUINT_TO_POINTER (id);
    bool is_fixed = g_hash_table_contains (stack->fixed, key);
    if (id && !g_hash_table_contains (stack->list->classes, key)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
          _ ("%s holds the label %u, which %s does not list"),
          lam_source_get_info (stack->source)->path, id, stack->list->path);
      return false;
    }
    for (; i < n && labels[i] == id; i++)
      fixed[i] = is_fixed;
  }
  return true;
}

static bool
read_box (const LamBox *box, uint32_t *labels, bool *fixed, gpointer data,
    GError **error)
{
  const LamOldStack *stack = data;
  LamDtype dtype = lam_source_get_info (stack->source)->dtype;
  int64_t n = lam_box_volume (box);
  g_autofree void *voxels = dtype == LAM_DTYPE_U32
      ? NULL
      : g_malloc_n ((gsize)n, lam_dtype_bytes (dtype));
  if (!lam_source_read_box (
          stack->source, 0, box, voxels ? voxels : labels, NULL, error))
    return false;
  for (int64_t i = 0; voxels && i < n; i++)
    labels[i] = label_at (voxels, dtype, i);
  return mark_fixed (stack, labels, n, fixed, error);
}

static int32_t
get_class (uint32_t id, gpointer data)
{
  return lam_object_list_get_class (((const LamOldStack *)data)->list, id);
}

static uint32_t
next_id (gpointer data)
{
  LamOldStack *stack = data;
  /* After the last one it is 0, and stays so. */
  return stack->list->next_id ? stack->list->next_id++ : 0;
}

static bool
read_fixed (LamOldStack *stack, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ",", -1);
  for (int i = 0; parts[i]; i++) {
    guint64 id;
    if (!g_ascii_string_to_unsigned (
            g_strstrip (parts[i]), 10, 1, UINT32_MAX, &id, NULL))
      return lam_cli_usage_error (error,
          _ ("--fixed needs ids of objects with commas, not “%s”"), text);
    gpointer key = GUINT_TO_POINTER ((guint)id);
    g_hash_table_add (stack->fixed, key);
    if (g_hash_table_contains (stack->list->classes, key))
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s lists no object %u, which --fixed names"), stack->list->path,
        (guint)id);
    return false;
  }
  return true;
}

static bool
check_source (LamSource *source, const int64_t size[3], GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (source);
  const int64_t *found = info->levels[0].size;
  if (memcmp (found, size, 3 * sizeof *size) != 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
           " × %" G_GINT64_FORMAT
           " voxels, and the classes have %" G_GINT64_FORMAT
           " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
        info->path, found[0], found[1], found[2], size[0], size[1], size[2]);
  else if (info->dtype != LAM_DTYPE_U8 && info->dtype != LAM_DTYPE_U16
      && info->dtype != LAM_DTYPE_U32)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s holds %s: labels are uint8, uint16 or uint32"), info->path,
        lam_dtype_name (info->dtype));
  else
    return true;
  return false;
}

LamOldStack *
lam_old_stack_open (const char *labels, const char *list, const char *fixed,
    const int64_t size[3], GError **error)
{
  g_autoptr (LamOldStack) stack = g_new0 (LamOldStack, 1);
  stack->fixed = g_hash_table_new (NULL, NULL);
  stack->source = lam_format_open (labels, &LAM_OPEN_DEFAULTS, error);
  if (!stack->source || !check_source (stack->source, size, error))
    return NULL;
  stack->list = lam_object_list_read (list, error);
  if (!stack->list || !read_fixed (stack, fixed, error))
    return NULL;
  stack->objects = (LamOldObjects){
    .read = read_box, .get_class = get_class, .next_id = next_id, .data = stack
  };
  lam_object_finder_choose_brick (
      lam_source_get_info (stack->source), stack->objects.brick);
  return g_steal_pointer (&stack);
}

void
lam_old_stack_free (LamOldStack *stack)
{
  if (!stack)
    return;
  g_clear_pointer (&stack->source, lam_source_unref);
  g_clear_pointer (&stack->list, lam_object_list_free);
  g_hash_table_unref (stack->fixed);
  g_free (stack);
}

const LamOldObjects *
lam_old_stack_get_objects (LamOldStack *stack)
{
  return &stack->objects;
}

uint32_t
lam_old_stack_get_next_id (const LamOldStack *stack)
{
  return stack->list->next_id;
}
