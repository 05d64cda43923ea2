/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A page has the rows of 32 ids that follow each other, and pages are found in
 * a hash table. Copies share pages, and pages that were copied share rows: who
 * is not alone with one exchanges it for one of its own before writing. So what
 * is shared never changes, and only its count of references does.
 *
 * Pages are listed in order of id beside the table, with the rows before each.
 * The list stays right while ids come in rising order, which is how they are
 * made and how the project file lists them; else it is made anew when it is
 * next read. So any order of 100,000 rows costs one sort of a part of that. */
#include "labels/label-rows.h"

#include <string.h>

#define PAGE_BITS 5
#define PAGE_ROWS (1u << PAGE_BITS)

typedef struct {
  gint n_refs;
  LamLabel label;
} Row;

typedef struct {
  gint n_refs;
  uint32_t number; /* id >> PAGE_BITS */
  uint32_t used; /* a bit a row */
  Row *rows[PAGE_ROWS]; /* Owned */
} Page;

typedef struct {
  uint32_t number; /* of a page */
  size_t first; /* rows before it */
} Listed;

struct _LamLabelRows {
  GHashTable *pages; /* Owned; number → owned Page */
  GArray *list; /* Owned; of Listed; right when */
  bool is_listed; /* has all of them, in order */
  bool is_counted; /* knows the rows before each */
  size_t n;
};

/* ---- Rows --------------------------------------------------------------- */

static char no_name[] = "";

/* Most labels have no name and no group, and 100,000 of them cost nothing. */
static char *
copy_name (const char *name)
{
  return name && *name ? g_strdup (name) : no_name;
}

static void
free_name (char *name)
{
  if (name != no_name)
    g_free (name);
}

static void
replace_texts (LamLabel *own, const LamLabel *row)
{
  char *old_name = own->name, *old_group = own->group;
  const bool has_group = row->group && *row->group;
  char *name = copy_name (row->name);
  char *group = has_group ? g_strdup (row->group) : NULL;
  *own = *row;
  own->name = name;
  own->group = group;
  free_name (old_name);
  g_free (old_group);
}

static void
row_unref (Row *row)
{
  if (!g_atomic_int_dec_and_test (&row->n_refs))
    return;
  free_name (row->label.name);
  g_free (row->label.group);
  g_free (row);
}

/* ---- Pages -------------------------------------------------------------- */

static Page *
page_new (uint32_t number)
{
  Page *page = g_new0 (Page, 1);
  page->n_refs = 1;
  page->number = number;
  return page;
}

static void
page_unref (gpointer data)
{
  Page *page = data;
  if (!g_atomic_int_dec_and_test (&page->n_refs))
    return;
  for (guint i = 0; i < PAGE_ROWS; i++)
    if (page->rows[i])
      row_unref (page->rows[i]);
  g_free (page);
}

static Page *
page_copy (const Page *page)
{
  Page *copy = g_memdup2 (page, sizeof *page);
  copy->n_refs = 1;
  for (guint i = 0; i < PAGE_ROWS; i++)
    if (copy->rows[i])
      g_atomic_int_inc (&copy->rows[i]->n_refs);
  return copy;
}

static guint
count_rows (const Page *page)
{
  return (guint)__builtin_popcount (page->used);
}

/* The slot of the page's nth row. */
static guint
find_slot (const Page *page, guint nth)
{
  if (page->used == UINT32_MAX)
    return nth;
  uint32_t left = page->used;
  while (nth-- > 0)
    left &= left - 1;
  return (guint)__builtin_ctz (left);
}

static void
page_set (Page *page, guint slot, const LamLabel *label)
{
  Row *old = page->rows[slot];
  if (old && g_atomic_int_get (&old->n_refs) == 1) {
    replace_texts (&old->label, label);
    return;
  }
  Row *row = g_new0 (Row, 1);
  row->n_refs = 1;
  row->label.name = no_name;
  replace_texts (&row->label, label);
  page->rows[slot] = row;
  page->used |= 1u << slot;
  if (old)
    row_unref (old);
}

/* ---- The list of pages -------------------------------------------------- */

static const Listed *
listed_at (const LamLabelRows *rows, guint i)
{
  return &g_array_index (rows->list, Listed, i);
}

static Page *
get_page (const LamLabelRows *rows, uint32_t number)
{
  return g_hash_table_lookup (rows->pages, GUINT_TO_POINTER (number));
}

static int
compare_listed (gconstpointer a, gconstpointer b)
{
  const Listed *p = a, *q = b;
  return (p->number > q->number) - (p->number < q->number);
}

static void
list_pages (LamLabelRows *rows)
{
  GHashTableIter iter;
  gpointer number;
  g_array_set_size (rows->list, 0);
  g_hash_table_iter_init (&iter, rows->pages);
  while (g_hash_table_iter_next (&iter, &number, NULL)) {
    const Listed listed = { .number = GPOINTER_TO_UINT (number) };
    g_array_append_val (rows->list, listed);
  }
  g_array_sort (rows->list, compare_listed);
  rows->is_listed = true;
}

static void
count_before (LamLabelRows *rows)
{
  size_t first = 0;
  for (guint i = 0; i < rows->list->len; i++) {
    Listed *listed = &g_array_index (rows->list, Listed, i);
    listed->first = first;
    first += count_rows (get_page (rows, listed->number));
  }
  rows->is_counted = true;
}

static void
put_in_order (LamLabelRows *rows)
{
  if (!rows->is_listed)
    list_pages (rows);
  if (!rows->is_counted)
    count_before (rows);
}

/* Which page has the nth row. */
static const Listed *
find_nth_page (const LamLabelRows *rows, size_t nth)
{
  /* No page before this one can: and this one does where ids have no gaps. */
  guint low = (guint)(nth / PAGE_ROWS), high = rows->list->len;
  if (low + 1 < high && listed_at (rows, low + 1)->first > nth)
    return listed_at (rows, low);
  while (high - low > 1) {
    const guint middle = low + (high - low) / 2;
    if (listed_at (rows, middle)->first <= nth)
      low = middle;
    else
      high = middle;
  }
  return listed_at (rows, low);
}

/* ---- All rows ----------------------------------------------------------- */

static void
add_page (LamLabelRows *rows, Page *page)
{
  const Listed listed = { .number = page->number };
  const guint n = rows->list->len;
  rows->is_listed = rows->is_listed
      && (n == 0 || listed_at (rows, n - 1)->number < page->number);
  g_array_append_val (rows->list, listed);
  g_hash_table_insert (rows->pages, GUINT_TO_POINTER (page->number), page);
}

/* The page, which nobody else has. */
static Page *
own_page (LamLabelRows *rows, Page *page)
{
  if (g_atomic_int_get (&page->n_refs) == 1)
    return page;
  Page *copy = page_copy (page);
  g_hash_table_insert (rows->pages, GUINT_TO_POINTER (copy->number), copy);
  return copy;
}

const LamLabel *
lam_label_rows_get (const LamLabelRows *rows, uint32_t id)
{
  const Page *page = get_page (rows, id >> PAGE_BITS);
  const Row *row = page ? page->rows[id % PAGE_ROWS] : NULL;
  return row ? &row->label : NULL;
}

const LamLabel *
lam_label_rows_get_nth (const LamLabelRows *rows, size_t i)
{
  if (i >= rows->n)
    return NULL;
  /* That changes nothing that can be seen from outside. */
  put_in_order ((LamLabelRows *)rows);
  const Listed *listed = find_nth_page (rows, i);
  const Page *page = get_page (rows, listed->number);
  return &page->rows[find_slot (page, (guint)(i - listed->first))]->label;
}

size_t
lam_label_rows_get_n (const LamLabelRows *rows)
{
  return rows->n;
}

void
lam_label_rows_set (LamLabelRows *rows, const LamLabel *row)
{
  Page *page = get_page (rows, row->id >> PAGE_BITS);
  /* The row may be one of the page that is let go of. */
  LamLabel own = *row;
  g_autofree char *name = NULL, *group = NULL;
  if (!page)
    add_page (rows, page = page_new (row->id >> PAGE_BITS));
  else if (g_atomic_int_get (&page->n_refs) > 1) {
    own.name = name = g_strdup (row->name);
    own.group = group = g_strdup (row->group);
    page = own_page (rows, page);
  }
  const guint before = count_rows (page);
  page_set (page, own.id % PAGE_ROWS, &own);
  if (count_rows (page) == before)
    return;
  rows->n++;
  rows->is_counted = false;
}

void
lam_label_rows_remove (LamLabelRows *rows, uint32_t id)
{
  const guint slot = id % PAGE_ROWS;
  Page *page = get_page (rows, id >> PAGE_BITS);
  if (!page || !page->rows[slot])
    return;
  page = own_page (rows, page);
  row_unref (g_steal_pointer (&page->rows[slot]));
  page->used &= ~(1u << slot);
  rows->n--;
  rows->is_counted = false;
  if (page->used != 0)
    return;
  g_hash_table_remove (rows->pages, GUINT_TO_POINTER (page->number));
  rows->is_listed = false;
}

LamLabelRows *
lam_label_rows_new (void)
{
  LamLabelRows *rows = g_new0 (LamLabelRows, 1);
  rows->pages = g_hash_table_new_full (NULL, NULL, NULL, page_unref);
  rows->list = g_array_new (false, false, sizeof (Listed));
  rows->is_listed = rows->is_counted = true;
  return rows;
}

LamLabelRows *
lam_label_rows_copy (const LamLabelRows *rows)
{
  LamLabelRows *copy = lam_label_rows_new ();
  GHashTableIter iter;
  gpointer number, page;
  put_in_order ((LamLabelRows *)rows);
  g_array_append_vals (copy->list, rows->list->data, rows->list->len);
  g_hash_table_iter_init (&iter, rows->pages);
  while (g_hash_table_iter_next (&iter, &number, &page)) {
    g_atomic_int_inc (&((Page *)page)->n_refs);
    g_hash_table_insert (copy->pages, number, page);
  }
  copy->n = rows->n;
  return copy;
}

void
lam_label_rows_free (LamLabelRows *rows)
{
  g_array_unref (rows->list);
  g_hash_table_unref (rows->pages);
  g_free (rows);
}
