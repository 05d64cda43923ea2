/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Only what needs no escape is written and read here. All else goes through
 * GVariant, whose text nothing else than itself should know in full. */
#include "store/label-text.h"

#include <string.h>

/* ---- Writing ------------------------------------------------------------ */

/* In a text with quotation marks, as itself. */
static bool
is_plain (char c)
{
  return c >= ' ' && c <= '~' && c != '\'' && c != '\\';
}

static void
append_string (GString *text, const char *value)
{
  size_t n = 0;
  while (is_plain (value[n]))
    n++;
  if (value[n] == '\0') {
    g_string_append_c (text, '\'');
    g_string_append_len (text, value, (gssize)n);
    g_string_append_c (text, '\'');
    return;
  }
  g_autoptr (GVariant) variant =
      g_variant_ref_sink (g_variant_new_string (value));
  g_variant_print_string (variant, text, false);
}

static void
append_digits (GString *text, uint64_t value)
{
  char digits[20];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  g_string_append_len (text, digits + first, (gssize)(sizeof digits - first));
}

static void
append_number (GString *text, uint64_t value)
{
  g_string_append (text, ", ");
  append_digits (text, value);
}

static void
append_signed (GString *text, int value)
{
  if (value >= 0)
    append_number (text, (uint64_t)value);
  else
    g_string_append_printf (text, ", %d", value);
}

static void
append_bool (GString *text, bool value)
{
  g_string_append (text, value ? ", true" : ", false");
}

char *
lam_label_text_write (const LamLabel *row)
{
  GString *text = g_string_sized_new (128);
  g_string_append_c (text, '(');
  append_digits (text, row->id);
  g_string_append (text, ", ");
  append_string (text, row->name ? row->name : "");
  append_signed (text, row->class_id);
  append_number (text, row->rgb);
  append_bool (text, row->locked);
  append_bool (text, row->hidden);
  append_bool (text, row->deleted);
  append_number (text, row->original_id);
  append_signed (text, (int)row->state);
  g_string_append (text, ", ");
  append_string (text, row->group ? row->group : "");
  g_string_append_c (text, ')');
  return g_string_free (text, false);
}

/* ---- Reading ------------------------------------------------------------ */

static bool
take_word (const char **at, const char *word)
{
  const size_t n = strlen (word);
  if (strncmp (*at, word, n) != 0)
    return false;
  *at += n;
  return true;
}

/* Of at most 19 digits, so that it cannot overflow. With a zero before others
 * it would be octal. */
static bool
take_number (const char **at, uint64_t most, uint64_t *value)
{
  int n = 0;
  if (**at == '0' && g_ascii_isalnum ((*at)[1]))
    return false;
  for (*value = 0; g_ascii_isdigit (**at) && n < 19; n++, ++*at)
    *value = *value * 10 + (uint64_t)(**at - '0');
  return n > 0 && !g_ascii_isdigit (**at) && *value <= most;
}

static bool
take_bool (const char **at, bool *value)
{
  *value = take_word (at, ", true");
  return *value || take_word (at, ", false");
}

/* Borrows. */
static bool
take_string (const char **at, const char **start, size_t *n)
{
  if (!take_word (at, "'"))
    return false;
  *start = *at;
  while (is_plain (**at))
    ++*at;
  *n = (size_t)(*at - *start);
  return take_word (at, "'");
}

LamLabel *
lam_label_text_try_read (const char *text)
{
  uint64_t id, class_id, rgb, original, state;
  const char *name, *group, *at = text;
  size_t n_name, n_group;
  bool locked, hidden, deleted;
  if (!take_word (&at, "(") || !take_number (&at, UINT32_MAX, &id)
      || !take_word (&at, ", ") || !take_string (&at, &name, &n_name)
      || !take_word (&at, ", ") || !take_number (&at, INT32_MAX, &class_id)
      || !take_word (&at, ", ") || !take_number (&at, UINT32_MAX, &rgb)
      || !take_bool (&at, &locked) || !take_bool (&at, &hidden)
      || !take_bool (&at, &deleted) || !take_word (&at, ", ")
      || !take_number (&at, UINT64_MAX, &original) || !take_word (&at, ", ")
      || !take_number (&at, LAM_N_LABEL_STATES - 1, &state)
      || !take_word (&at, ", ") || !take_string (&at, &group, &n_group)
      || strcmp (at, ")") != 0)
    return NULL;
  LamLabel *row = g_new0 (LamLabel, 1);
  row->id = (uint32_t)id;
  row->name = g_strndup (name, n_name);
  row->class_id = (int)class_id;
  row->rgb = (uint32_t)rgb;
  row->locked = locked;
  row->hidden = hidden;
  row->deleted = deleted;
  row->original_id = original;
  row->state = (LamLabelState)state;
  row->group = n_group > 0 ? g_strndup (group, n_group) : NULL;
  return row;
}
