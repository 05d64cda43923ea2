/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/label-state.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"

const char *
lam_label_state_name (LamLabelState state)
{
  static const char *const names[LAM_N_LABEL_STATES] = { "not started",
    "in progress", "completed", "flagged" };
  return names[state];
}

const char *
lam_label_state_title (LamLabelState state)
{
  static const char *const titles[LAM_N_LABEL_STATES] = { N_ ("Not started"),
    N_ ("In progress"), N_ ("Completed"), N_ ("Flagged") };
  return _ (titles[state]);
}

bool
lam_label_state_matches (LamLabelState state, const char *text)
{
  const char *name = lam_label_state_name (state);
  for (; *text; text++, name++) {
    const char is = *text == '-' ? ' ' : g_ascii_tolower (*text);
    if (is != *name)
      return false;
  }
  return true;
}

/* --- groups --------------------------------------------------------------- */

static bool
check_text (const char *text, GError **error)
{
  bool is_text =
      g_utf8_validate (text, -1, NULL) && strlen (text) <= LAM_MAX_GROUP_BYTES;
  for (const char *at = text; is_text && *at; at = g_utf8_next_char (at))
    is_text = *at != '"' && !g_unichar_iscntrl (g_utf8_get_char (at));
  if (!is_text)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("A group must be text of one line, at most %d bytes, without "
           "quotation marks"),
        LAM_MAX_GROUP_BYTES);
  return is_text;
}

char *
lam_label_group_clean (const char *text, GError **error)
{
  if (!text)
    return g_strdup ("");
  if (!check_text (text, error))
    return NULL;
  g_auto (GStrv) names = g_strsplit (text, "/", -1);
  g_autoptr (GString) group = g_string_new (NULL);
  for (char **name = names; *name; name++) {
    if (!*g_strstrip (*name))
      continue;
    if (group->len > 0)
      g_string_append_c (group, '/');
    g_string_append (group, *name);
  }
  return g_string_free (g_steal_pointer (&group), false);
}

bool
lam_label_group_holds (const char *group, const char *other)
{
  size_t n = group ? strlen (group) : 0;
  return n > 0 && other && strncmp (group, other, n) == 0
      && (other[n] == '/' || other[n] == '\0');
}

char *
lam_label_group_dup_parent (const char *group)
{
  const char *last = group ? strrchr (group, '/') : NULL;
  return last ? g_strndup (group, (gsize)(last - group)) : g_strdup ("");
}

char *
lam_label_group_move (const char *group, const char *from, const char *to)
{
  g_return_val_if_fail (lam_label_group_holds (from, group), NULL);
  const char *rest = group + strlen (from);
  return *to ? g_strconcat (to, rest, NULL)
             : g_strdup (*rest == '/' ? rest + 1 : rest);
}
