/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/label-query.h"

#include <string.h>

#define STATE "state:"
#define GROUP "group:"

/* The next word, without its quotes; NULL at the end. */
static char *
next_word (const char **at)
{
  g_autoptr (GString) word = g_string_new (NULL);
  bool is_quoted = false;
  while (**at == ' ')
    ++*at;
  if (!**at)
    return NULL;
  for (; **at && (is_quoted || **at != ' '); ++*at)
    if (**at == '"')
      is_quoted = !is_quoted;
    else
      g_string_append_c (word, **at);
  return g_string_free (g_steal_pointer (&word), false);
}

static bool
take (char **to, const char *word, const char *prefix)
{
  const size_t n = strlen (prefix);
  if (g_ascii_strncasecmp (word, prefix, n) != 0)
    return false;
  g_free (*to);
  *to = g_utf8_casefold (word + n, -1);
  return true;
}

void
lam_label_query_parse (LamLabelQuery *query, const char *text)
{
  g_autoptr (GString) rest = g_string_new (NULL);
  char *word;
  *query = (LamLabelQuery){ 0 };
  while ((word = next_word (&text))) {
    if (!take (&query->state, word, STATE)
        && !take (&query->group, word, GROUP)) {
      if (rest->len > 0)
        g_string_append_c (rest, ' ');
      g_string_append (rest, word);
    }
    g_free (word);
  }
  query->text = g_utf8_casefold (rest->str, -1);
}

void
lam_label_query_clear (LamLabelQuery *query)
{
  g_clear_pointer (&query->text, g_free);
  g_clear_pointer (&query->state, g_free);
  g_clear_pointer (&query->group, g_free);
}

static bool
matches_group (const char *word, const char *group)
{
  if (!*word)
    return true;
  if (!group || !*group)
    return false;
  g_autofree char *folded = g_utf8_casefold (group, -1);
  g_autofree char *path = g_strconcat ("/", folded, "/", NULL);
  if (*word == '/')
    return g_str_has_prefix (path, word);
  g_autofree char *name = g_strconcat ("/", word, NULL);
  return strstr (path, name) != NULL;
}

bool
lam_label_query_matches (
    const LamLabelQuery *query, LamLabelState state, const char *group)
{
  return (!query->state || lam_label_state_matches (state, query->state))
      && (!query->group || matches_group (query->group, group));
}
